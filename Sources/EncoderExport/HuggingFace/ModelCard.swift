import ImageCoding
import SplitMaskCore
import VisionModels

/// `README.md` of a folder for Hugging Face: what the network is and where it is from.
enum ModelCard {
  /// The whole file.
  static func text(of network: ExportedNetwork) -> String {
    let family = HuggingFaceFamily(of: network)
    let isClassifier = network.head != nil
    return """
      ---
      library_name: transformers
      pipeline_tag: \(isClassifier ? "image-classification" : "image-feature-extraction")
      tags:
      - splitmask
      - vision-transformer
      ---

      # \(isClassifier ? "A classifier" : "An encoder") of images

      \(network.config.summary), written by splitmask \(Version.current) for `\(family.architecture(isClassifier: isClassifier))`.

      ## Where it is from

      \(facts(of: network))

      ## What it sees

      \(pixels(of: network))

      ## How to use it

      ```python
      \(ExportSnippet.huggingFace(network, at: "."))
      ```

      \(notes(of: network, family).joined(separator: "\n\n"))

      """
  }

  private static func facts(of network: ExportedNetwork) -> String {
    guard !network.facts.isEmpty else { return "Nothing is known of its training." }
    return network.facts.map { "* \($0.name): \($0.value)" }.joined(separator: "\n")
  }

  private static func pixels(of network: ExportedNetwork) -> String {
    let (pixels, view) = (network.normalization, network.view)
    func list(_ values: [Double]) -> String { values.map(HumanReadable.number).joined(separator: ", ") }
    let statistics = [
      "* mean of each channel, of values in [0, 1]: \(list(pixels.mean))",
      "* standard deviation of each channel: \(list(pixels.standardDeviation))",
    ]
    if let channels = pixels.format?.channels {
      let names = channels.map {
        "* \($0.name): \(HumanReadable.number($0.low)) becomes 0, \(HumanReadable.number($0.high)) becomes 255"
      }
      return (["Channels of \(pixels.format!.sampleType.rawValue) files, in this order:", ""] + names + statistics)
        .joined(separator: "\n")
    }
    let crop =
      "* the short side at \(view.resize) pixels (bicubic, antialiased), then the central \(network.config.imageSize)"
    return (["8-bit red, green and blue:", "", crop] + statistics).joined(separator: "\n")
  }

  /// What somebody who uses it should know.
  private static func notes(of network: ExportedNetwork, _ family: HuggingFaceFamily) -> [String] {
    var notes: [String] = []
    if !ImageProcessorConfig.isCropped(network) {
      notes.append(
        """
        `AutoImageProcessor` only normalises here: give it channels of 0 to 255 in an array of \
        \(network.config.imageSize.height) × \(network.config.imageSize.width) pixels.
        """)
    }
    switch family {
    case .beit where network.config.keyBias:
      notes.append(
        "Keys have no bias in BEiT. The one of this network is left out: the softmax over keys does not depend on it.")
    case .siglip:
      notes.append(
        "SigLIP's vision model stands for a vision transformer without a class token; there is no text model.")
    case .vit where network.head == nil:
      notes.append("`pooler_output` is the class token: the pooler is the identity.")
    case .dinov2WithRegisters where network.head != nil:
      notes.append(
        "The weights of the classifier for the mean of the patch tokens are zeros: it sees the class token alone.")
    default: break
    }
    return notes
  }
}
