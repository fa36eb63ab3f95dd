import Foundation
import Torch

/// Puts together a graph of ONNX's operators, from the input on.
struct GraphBuilder {
  /// What there is so far.
  private(set) var graph = Onnx_GraphProto()
  private var names: Set<String> = []
  /// The type of weights and of what is computed between input and outputs.
  let precision: ExportPrecision

  init(_ precision: ExportPrecision) {
    self.precision = precision
  }

  /// ONNX's name of ``precision``.
  var elementType: Onnx_TensorProto.DataType { precision == .float16 ? .float16 : .float }

  /// Whether there are weights or numbers of that name.
  func has(_ name: String) -> Bool { names.contains(name) }

  /// Adds weights.
  ///
  /// - Returns: their name.
  /// - Throws: ``ExportError/tooLargeForFloat16(tensor:value:)``.
  mutating func weight(_ name: String, _ tensor: Tensor) throws -> String {
    let values = noGrad { tensor.detached().to(.cpu).to(.float32) }
    if precision == .float16 {
      let largest = noGrad { values.absolute().maximum([]).item() }
      guard largest <= Float16Range.largest else {
        throw ExportError.tooLargeForFloat16(tensor: name, value: largest)
      }
    }
    let written = noGrad { values.to(precision == .float16 ? .float16 : .float32).contiguous() }
    add(name, written.shape, elementType, written.withBytes { Data($0) })
    return name
  }

  /// Adds values that are float32 whatever the precision.
  mutating func constant(_ name: String, _ values: [Float], shape: [Int]) -> String {
    add(name, shape, .float, values.withUnsafeBytes { Data($0) })
    return name
  }

  /// Adds whole numbers, such as a shape.
  mutating func integers(_ name: String, _ values: [Int], shape: [Int]? = nil) -> String {
    add(name, shape ?? [values.count], .int64, values.map(Int64.init).withUnsafeBytes { Data($0) })
    return name
  }

  private mutating func add(_ name: String, _ shape: [Int], _ type: Onnx_TensorProto.DataType, _ bytes: Data) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dims = shape.map(Int64.init)
    tensor.dataType = Int32(type.rawValue)
    tensor.rawData = bytes
    graph.initializer.append(tensor)
    names.insert(name)
  }

  /// Adds an operator.
  ///
  /// - Returns: the name of its output.
  mutating func node(
    _ type: String, _ inputs: [String], to output: String, _ attributes: [Onnx_AttributeProto] = []
  ) -> String {
    var node = Onnx_NodeProto()
    (node.opType, node.name, node.input, node.output) = (type, output, inputs, [output])
    node.attribute = attributes
    graph.node.append(node)
    return output
  }

  /// Declares what the graph takes; nil is the size of the batch.
  mutating func declareInput(
    _ name: String, _ shape: [Int?], _ type: Onnx_TensorProto.DataType, _ explanation: String
  ) {
    graph.input.append(Self.value(name, shape, type, explanation))
  }

  /// Declares float32 that the graph gives; nil is the size of the batch.
  mutating func declareOutput(_ name: String, _ shape: [Int?], _ explanation: String) {
    graph.output.append(Self.value(name, shape, .float, explanation))
  }

  private static func value(
    _ name: String, _ shape: [Int?], _ type: Onnx_TensorProto.DataType, _ explanation: String
  ) -> Onnx_ValueInfoProto {
    var value = Onnx_ValueInfoProto()
    value.name = name
    value.docString = explanation
    value.type.tensorType.elemType = Int32(type.rawValue)
    value.type.tensorType.shape.dim = shape.map { size in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if let size { dimension.dimValue = Int64(size) } else { dimension.dimParam = "batch" }
      return dimension
    }
    return value
  }
}

extension Onnx_AttributeProto {
  static func int(_ name: String, _ value: Int) -> Self {
    var attribute = Self()
    (attribute.name, attribute.type, attribute.i) = (name, .int, Int64(value))
    return attribute
  }

  static func ints(_ name: String, _ values: [Int]) -> Self {
    var attribute = Self()
    (attribute.name, attribute.type, attribute.ints) = (name, .ints, values.map(Int64.init))
    return attribute
  }

  static func float(_ name: String, _ value: Double) -> Self {
    var attribute = Self()
    (attribute.name, attribute.type, attribute.f) = (name, .float, Float(value))
    return attribute
  }
}
