import Classification
import DurableFiles
import Foundation
import TestSupport
import Testing
import Torch

/// Classifiers as Hugging Face's `transformers` saves them, against their scores (`Tests/Goldens/encoders/make_encoders.py`).
@Suite struct HuggingFaceClassifierTests {
  @Test(arguments: ["vit", "beit"])
  func theirScoresAreTheirs(family: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Goldens/encoders/encoders.safetensors").standardizedFileURL
    let goldens = try SafetensorsFile(file).tensors()
    let folder = try TemporaryFolder()
    let prefix = "transformers \(family)/file/"
    for (key, bytes) in goldens where key.hasPrefix(prefix) {
      try folder.write(Data(bytes.array(of: UInt8.self)), to: String(key.dropFirst(prefix.count)))
    }
    let loaded = try ClassifierFile.read(folder.file("model.safetensors"))
    #expect(loaded.classifier.classNames == (family == "vit" ? ["cat", "dog"] : ["0", "1"]))
    #expect(loaded.isNormalizationAssumed == (family != "vit"))
    // [B, 3, H, W] as patches of channel, row, column.
    let patches = goldens["image"]!.reshaped([2, 3, 4, 4, 4, 4]).permuted([0, 2, 4, 1, 3, 5]).reshaped([2, 16, 48])
    let scores = noGrad { loaded.classifier(patches) }
    let expected = goldens["transformers \(family)/logits"]!
    let largest = expected.absolute().maximum([0, 1]).item()
    #expect((scores - expected).absolute().maximum([0, 1]).item() < 1e-5 * largest)
  }
}
