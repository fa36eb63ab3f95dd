import DurableFiles
package import Foundation
import SplitMaskCore
import SwiftProtobuf
import VisionModels

/// A network as one file of ONNX's operators, with its weights.
///
/// The metadata's values are JSON: those of `EncoderFile`, and `class_names` of a classifier; `resize`, `crop` and
/// `interpolation` say what the network was shown of an image, `preprocessing` whether the graph normalises, and `facts` where
/// it is from.
package enum ONNXFile {
  /// The version of ONNX's operators: the first with a layer normalisation.
  package static let operatorVersion = 17
  /// The version of the format that goes with it.
  static let formatVersion = 8
  /// Bytes that a message of protocol buffers may have.
  static let largestSize = Int(Int32.max)

  /// Writes a network.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - precision: of weights and of what is computed; inputs and outputs are float32.
  ///   - includesPreprocessing: whether the graph takes bytes `[B, H, W, 3]` and normalises them.
  ///   - url: the file.
  /// - Throws: ``ExportError``, `InvalidSetting` where the images are no photographs, `FileError`.
  package static func write(
    _ network: ExportedNetwork, precision: ExportPrecision = .float32, includesPreprocessing: Bool = false, to url: URL
  ) throws {
    let model = try model(of: network, precision: precision, includesPreprocessing: includesPreprocessing)
    let size = model.graph.initializer.reduce(0) { $0 + $1.rawData.count }
    guard size < largestSize - 1 << 20 else { throw ExportError.tooManyBytes(size) }
    let data: Data = try model.serializedBytes()
    try AtomicFile.write(data, to: url)
  }

  /// What the file holds; parameters and errors as of ``write(_:precision:includesPreprocessing:to:)``.
  package static func model(
    of network: ExportedNetwork, precision: ExportPrecision = .float32, includesPreprocessing: Bool = false
  ) throws -> Onnx_ModelProto {
    guard !includesPreprocessing || network.seesPhotographs else {
      throw InvalidSetting(
        "include-preprocessing",
        """
        the graph can normalise 8-bit red, green and blue alone, and this network sees \
        \(network.config.channels) channels of another kind; leave the option away
        """)
    }
    var model = Onnx_ModelProto()
    model.irVersion = Int64(formatVersion)
    (model.producerName, model.producerVersion) = ("splitmask", Version.current)
    var operators = Onnx_OperatorSetIdProto()
    operators.version = Int64(operatorVersion)
    model.opsetImport = [operators]
    model.graph = try NetworkGraph.graph(
      of: network, precision: precision, includesPreprocessing: includesPreprocessing)
    model.graph.name = network.head == nil ? "encoder" : "classifier"
    model.metadataProps = try metadata(of: network, includesPreprocessing: includesPreprocessing)
      .sorted { $0.key < $1.key }.map { key, value in
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = (key, value)
        return entry
      }
    return model
  }

  private static func metadata(of network: ExportedNetwork, includesPreprocessing: Bool) throws -> [String: String] {
    var metadata = try EncoderFile.metadata(of: network.config, normalization: network.normalization)
    if let names = network.head?.classNames { metadata["class_names"] = JSONValue.list(names).text }
    metadata["resize"] = "\(network.view.resize)"
    metadata["crop"] = "\(network.view.crop)"
    metadata["interpolation"] = JSONValue.text("bicubic").text
    metadata["preprocessing"] = JSONValue.text(includesPreprocessing ? "inside" : "outside").text
    let facts = network.facts.map { ($0.name, JSONValue.text($0.value)) }
    if !facts.isEmpty { metadata["facts"] = JSONValue.object(Dictionary(facts) { $1 }).text }
    return metadata
  }
}
