import Foundation
import SelfSupervision
import Testing
import Torch
import TorchNN
import TorchOptim
import Training
import VisionModels

@Suite struct DINOStepTests {
  private let golden: [String: Tensor]
  private let tiny = TinyDINO()

  init() throws {
    golden = try dinoGolden("step")
  }

  private func context(epoch: Int = 1, step: Int = 0) -> StepContext {
    StepContext(seed: 1, step: step, epoch: epoch, device: .cpu, isLogged: true, processes: .alone)
  }

  /// The golden's state before the step.
  private func start() throws -> DINOStep {
    let step = try tiny.step()
    try step.student.load(part(golden, "student."))
    try step.teacher.network.load(part(golden, "teacher."))
    step.teacher.center.assign(golden["center"]!)
    return step
  }

  private var views: [Tensor] { (0..<4).map { golden["view.\($0)"]! } }

  @Test func oneWholeUpdateEqualsPyTorch() throws {
    let step = try start()
    let task = DINOTask(computation: step, normalization: .imageNet)
    let optimizer = AdamW(task.parameterGroups(weightDecay: 0.0625), epsilon: 0x1p-13)
    let loss = step.loss(views, teacherTemperature: 0.05, detailed: true)
    let figures = Dictionary(uniqueKeysWithValues: loss.terms.map { ($0.name, $0.value.item()) })
    let names = [
      "loss": "loss", "teacher_entropy": "entropy", "teacher_student_kl": "kl", "teacher_output_std": "spread",
      "center_norm": "center_norm",
    ]
    #expect(figures.count == names.count)
    for (name, key) in names {
      #expect(abs(try #require(figures[name]) / golden[key]!.item() - 1) < 1e-4, "\(name)")
    }
    loss.total.backward()
    task.willUpdate(in: context())
    let clipping = GradientClipping(
      optimizer.parameters, losses: [loss.total], maximumNorm: 1.5, mode: .perTensor)
    optimizer.update(learningRate: 0x1p-7, clipping: clipping)
    step.follow(momentum: 0.75, skip: clipping.skip, processes: .alone)
    expect(step.student, equals: part(golden, "after.student."))
    expect(step.teacher.network, equals: part(golden, "after.teacher."))
    #expect(relativeDifference(step.teacher.center.value, golden["after.center"]) < 1e-4)
  }

  private func expect(_ module: Module, equals expected: [String: Tensor]) {
    #expect(module.namedParameters.count == expected.count)
    for (key, parameter) in module.namedParameters {
      #expect(relativeDifference(parameter.value, expected[key]) < 1e-4, "\(key)")
    }
  }

  @Test func theTeacherStartsAsACopyAndTakesNoGradient() throws {
    let step = try tiny.step()
    for (key, tensor) in step.student.stateDictionary {
      #expect(step.teacher.network.stateDictionary[key]!.hasSameValues(as: tensor), "\(key)")
    }
    step.loss(tiny.views(3), teacherTemperature: 0.05).total.backward()
    #expect(step.teacher.parameters.allSatisfy { !$0.value.requiresGradient && $0.value.gradient == nil })
    let without = step.student.namedParameters.filter { $0.parameter.value.gradient == nil }.map(\.key)
    #expect(without == ["head.last_layer.weight_g"])
  }

  @Test func anUpdateThatWasLeftOutLeavesTeacherAndCentre() throws {
    let step = try start()
    let before = step.teacher.stateDictionary.mapValues { $0.cloned() }
    // What comes out is not a number, and must not reach the centre.
    step.student.encoder.norm.bias.assign(Tensor.full([16], .nan))
    step.teacher.network.encoder.norm.bias.assign(Tensor.full([16], .nan))
    let loss = step.loss(views, teacherTemperature: 0.05)
    #expect(loss.total.item().isNaN)
    try step.student.load(part(golden, "student."))
    step.teacher.network.encoder.norm.bias.assign(before["network.encoder.norm.bias"]!)
    step.follow(momentum: 0.5, skip: Tensor.ones([]), processes: .alone)
    for (key, tensor) in step.teacher.stateDictionary { #expect(tensor.hasSameValues(as: before[key]!), "\(key)") }
    // The next update's centre knows nothing of it.
    _ = step.loss(views, teacherTemperature: 0.05)
    step.follow(momentum: 1, skip: Tensor.zeros([]), processes: .alone)
    #expect(relativeDifference(step.teacher.center.value, golden["after.center"]) < 1e-4)
  }

  @Test func theCentreOfAnAccumulatedUpdateIsTheMeanOfItsBatches() throws {
    let step = try start()
    for image in 0..<3 {
      _ = step.loss(views.map { $0.narrowed(0, start: image, count: 1) }, teacherTemperature: 0.05)
    }
    step.follow(momentum: 1, skip: Tensor.zeros([]), processes: .alone)
    #expect(relativeDifference(step.teacher.center.value, golden["after.center"]) < 1e-4)
  }

  @Test func theLastLayerRestsInTheFirstPass() throws {
    let step = try tiny.step()
    let task = DINOTask(computation: step, normalization: .imageNet)
    let optimizer = AdamW(task.parameterGroups(weightDecay: 0.25))
    func update(epoch: Int) {
      step.loss(tiny.views(3), teacherTemperature: 0.05).total.backward()
      task.willUpdate(in: context(epoch: epoch))
      optimizer.update(learningRate: 0.01, clipping: GradientClipping(optimizer.parameters, maximumNorm: 3))
      optimizer.clearGradients()
      step.follow(momentum: 0.9, skip: Tensor.zeros([]), processes: .alone)
    }
    let before = step.student.stateDictionary.mapValues { $0.cloned() }
    update(epoch: 0)
    let changed = step.student.stateDictionary.filter { !$0.value.hasSameValues(as: before[$0.key]!) }.keys
    // Not even decayed.
    #expect(Set(before.keys).subtracting(changed) == ["head.last_layer.weight_v", "head.last_layer.weight_g"])
    update(epoch: 1)
    let directions = step.student.head.lastLayer.weightV.value.detached()
    #expect(!directions.hasSameValues(as: before["head.last_layer.weight_v"]!))
    #expect(step.student.head.lastLayer.weightG.value.array() == [Float](repeating: 1, count: 24))
  }

  @Test func decayReachesPositionsAndClassTokenButNoVector() throws {
    let task = DINOTask(computation: try tiny.step(), normalization: .imageNet)
    let groups = task.parameterGroups(weightDecay: 0.04)
    #expect(groups.map(\.weightDecay) == [0.04, 0, 0.04])
    let keys = groups.map { $0.parameters.map(\.key) }
    #expect(keys[0].contains("encoder.pos_embed") && keys[0].contains("encoder.cls_token"))
    #expect(keys[1].allSatisfy { $0.hasSuffix(".bias") || $0.contains("norm") })
    #expect(keys[2] == ["head.last_layer.weight_v"])
    #expect(keys.joined().count == task.model.namedParameters.count - 1)
  }

  @Test func figuresTellACollapse() throws {
    let step = try tiny.step()
    func figures() -> [String: Double] {
      let loss = step.loss(tiny.views(3), teacherTemperature: 0.05, detailed: true)
      return Dictionary(uniqueKeysWithValues: loss.terms.map { ($0.name, $0.value.item()) })
    }
    let healthy = figures()
    #expect(try #require(healthy["teacher_output_std"]) > 1e-3)
    for layer in step.teacher.network.head.mlp { layer?.weight.assign(Tensor.zeros([1, 1])) }
    step.teacher.network.head.mlp[4]!.bias!.assign(Tensor.ones([8]))
    #expect(abs(try #require(figures()["teacher_output_std"])) < 1e-6)
  }

  /// A setting that is not handed on would leave the published loss, or centre.
  @Test func everySettingOfTheLossHasAnEffect() throws {
    func found(_ change: (inout DINO.Config) -> Void) throws -> (loss: Double, center: Double) {
      var changed = tiny
      change(&changed.config)
      let step = try changed.step()
      let loss = step.loss(tiny.views(3), teacherTemperature: 0.05).total.item()
      step.follow(momentum: 1, skip: Tensor.zeros([]), processes: .alone)
      return (loss, step.teacher.center.value.norm().item())
    }
    let published = try found { _ in }
    #expect(abs(try found { $0.studentTemperature = 0.2 }.loss - published.loss) > 1e-4)
    #expect(abs(try found { $0.centerMomentum = 0.5 }.center / published.center - 5) < 1e-4)
  }

  @Test func localCropsAreNotNeeded() throws {
    let loss = try start().loss(Array(views.prefix(2)), teacherTemperature: 0.05)
    #expect(relativeDifference(loss.total.reshaped([1]), golden["loss_globals"]) < 1e-5)
  }
}
