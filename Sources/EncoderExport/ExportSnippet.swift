import ImageCoding
import VisionModels

/// Three lines that load what was written.
enum ExportSnippet {
  /// Lines of Python for a file or folder.
  static func text(_ format: ExportFormat, _ network: ExportedNetwork, at path: String) -> String {
    switch format {
    case .onnx:
      """
      import onnxruntime
      session = onnxruntime.InferenceSession("\(path)")
      \(network.head == nil ? "features" : "probabilities"), = \
      session.run(["\(network.head == nil ? "pooled" : "probabilities")"], {"image": images})
      """
    case .huggingFace: huggingFace(network, at: path)
    case .timm:
      """
      import timm
      model = timm.create_model("local-dir:\(path)", pretrained=True).eval()
      \(network.head == nil ? "features" : "logits") = model(images)
      """
    }
  }

  static func huggingFace(_ network: ExportedNetwork, at path: String) -> String {
    let prefix = network.config.prefixCount
    let patches = prefix == 0 ? "last_hidden_state" : "last_hidden_state[:, \(prefix):]"
    let (name, result) =
      network.head == nil
      ? ("AutoModel", "features = model(pixel_values=images).\(patches).mean(1)")
      : ("AutoModelForImageClassification", "logits = model(pixel_values=images).logits")
    return """
      from transformers import \(name)
      model = \(name).from_pretrained("\(path)").eval()
      \(result)
      """
  }
}
