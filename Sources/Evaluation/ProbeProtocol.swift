/// How a linear classifier on frozen features is trained and what it sees.
///
/// Sources: facebookresearch/dino, eval_linear.py; facebookresearch/mae, main_linprobe.py; microsoft/unilm,
/// beit/run_linear_eval.py.
public enum ProbeProtocol: String, Codable, Hashable, Sendable, CaseIterable {
  /// Softmax regression fitted to its optimum on features that are computed once: ``LinearProbe``.
  case simple
  /// Class tokens of the last four blocks, or class token and patch mean for wide encoders; SGD.
  case dino
  /// The class token, normalised over the batch; LARS.
  case mae
  /// Class token and patch mean of every block, a classifier each; AdamW. The result is a curve over the blocks.
  case beit

  /// The published number of epochs.
  var epochs: Int { self == .mae ? 90 : 100 }
  /// Epochs of linear warm-up.
  var warmupEpochs: Int { self == .mae ? 10 : 0 }
  /// The published learning rate for 256 images a batch; BEiT's is 4e-3 for 1024.
  var learningRate: Double { self == .mae ? 0.1 : 0.001 }
}
