import ImageCoding
public import ImageLoading
public import Torch
import TorchNN
public import TorchOptim
public import Training
import VisionModels

extension SplitMaskTask {
  /// Everything about one update: inputs, intermediate results, gradients before clipping, parameters after.
  ///
  /// Stochastic depth is off. The names are those of `step.safetensors`.
  ///
  /// - Parameters:
  ///   - batch: the images.
  ///   - context: seed, step and device of the update.
  ///   - optimizer: fresh, over the model's parameters; makes the update.
  ///   - learningRate: of the update.
  ///   - maximumNorm: for clipping.
  public func trace(
    _ batch: HostBatch, in context: StepContext, optimizer: AdamW, learningRate: Double, maximumNorm: Double?
  ) -> [(name: String, tensor: Tensor)] {
    let input = prepare(batch, in: context)
    var result = inputs(of: batch, input: input, in: context)
    for (key, parameter) in model.namedParameters {
      result.append(("parameter." + key, parameter.value.detached().cloned()))
    }
    result += noGrad { outputs(input) }
    let loss = autocast(context.precision, on: context.device) {
      computation.loss(input, depth: nil, precision: context.precision, processes: context.processes)
    }
    loss.total.backward()
    result += loss.terms.filter { $0.name.hasPrefix("loss") }.map { ($0.name, $0.value) }
    let clipping = GradientClipping(model.parameters, losses: [loss.total], maximumNorm: maximumNorm)
    result.append(("gradient_norm", clipping.norm))
    for (key, parameter) in model.namedParameters {
      if let gradient = parameter.value.gradient { result.append(("gradient." + key, gradient.cloned())) }
    }
    optimizer.update(learningRate: learningRate, clipping: clipping)
    for (key, parameter) in model.namedParameters {
      result.append(("updated." + key, parameter.value.detached().cloned()))
    }
    return result
  }

  private func inputs(
    of batch: HostBatch, input: SplitMaskStep.Input, in context: StepContext
  ) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = [
      ("image", normalized(batch.views[0], by: computation.normalization, in: context)),
      (
        "tokenizer_view",
        normalized(batch.views.last!, by: computation.tokenizer.specification.normalization, in: context)
      ),
    ]
    if let codebook = computation.tokenizer.codebook { result.append(("codebook", codebook)) }
    if let words = input.words { result.append(("words", words.reshaped([batch.count, -1]))) }
    let seen = membership(input.split)
    for (name, branch) in zip(["in_a", "in_b"], seen) { result.append((name, branch)) }
    return result
  }

  /// A view as `[B, C, H, W]` normalised values.
  private func normalized(_ view: HostView, by statistics: PixelNormalization, in context: StepContext) -> Tensor {
    func perChannel(_ values: [Double]) -> Tensor {
      Tensor(values.map(Float.init), shape: [values.count, 1, 1]).to(context.device)
    }
    let pixels = view.tensor(on: context.device).permuted([0, 3, 1, 2]).to(.float32) / 255
    return (pixels - perChannel(statistics.mean)) / perChannel(statistics.standardDeviation)
  }

  /// For every branch, 1 at the patches it sees, `[B, n]` int64.
  private func membership(_ split: BatchSplit) -> [Tensor] {
    let count = computation.patchifier.grid.count
    return (0..<split.branchCount).map { branch in
      let places = split.seenPlaces[(branch * split.imageCount)..<((branch + 1) * split.imageCount)]
      let values = places.flatMap { seen -> [Int64] in
        var row = [Int64](repeating: 0, count: count)
        for place in seen { row[place] = 1 }
        return row
      }
      return Tensor(values, shape: [split.imageCount, count])
    }
  }

  private func outputs(_ input: SplitMaskStep.Input) -> [(name: String, tensor: Tensor)] {
    let output = computation.model(computation.sequences(input), split: input.split, depth: nil)
    let logits = computation.model.decoder.head(output.missing)
    var result: [(name: String, tensor: Tensor)] = []
    var start = 0
    for (branch, name) in ["logits_a", "logits_b"].prefix(input.split.branchCount).enumerated() {
      let counts = input.split.missingCounts[(branch * input.split.imageCount)...].prefix(input.split.imageCount)
      let own = logits.narrowed(0, start: start, count: counts.reduce(0, +))
      start += own.shape[0]
      // Image by image where all predict equally many words, else one after the other.
      let perImage = input.split.ragged == nil ? [counts.count, counts.first!] : [own.shape[0]]
      result.append((name, own.reshaped(perImage + [computation.tokenizer.vocabulary])))
    }
    if let descriptors = output.descriptors {
      let (a, b) = computation.halves(descriptors)
      result += [("descriptor_a", a), ("descriptor_b", b)]
    }
    return result
  }
}
