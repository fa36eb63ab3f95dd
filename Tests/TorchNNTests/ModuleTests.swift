import Testing
import Torch
import TorchNN

private func parameter(_ values: Float...) -> Parameter { Parameter(Tensor(values)) }

private final class Leaf: Module {
  let weight = parameter(1, 2)
  let bias: Parameter?
  init(bias: Bool) { self.bias = bias ? parameter(3) : nil }
}

private class Base: Module {
  let clsToken = parameter(9)
  let scale = 3.0
}

private final class Tree: Base {
  let blocks = [Leaf(bias: true), Leaf(bias: false)]
  let grid = [[Leaf(bias: false)], []]
  let tables = [parameter(5), parameter(6)]
  let mlpFC1: Leaf? = Leaf(bias: true)
  let missing: Leaf? = nil
  let sizes = [1, 2, 3]
}

@Suite struct ModuleTests {
  @Test func keysArePropertiesInSnakeCaseInTheOrderOfDeclaration() {
    #expect(
      Tree().namedParameters.map(\.key) == [
        "cls_token", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "grid.0.0.weight", "tables.0", "tables.1",
        "mlp_f_c1.weight", "mlp_f_c1.bias",
      ])
    #expect(Tree().parameterCount == 1 + 3 + 2 + 2 + 2 + 3)
  }

  @Test func whatIsSavedIsLoaded() throws {
    let source = Tree()
    for parameter in source.parameters { parameter.assign(Tensor(scalar: Float(7))) }
    let target = Tree()
    try target.load(source.stateDictionary)
    #expect(target.parameters.allSatisfy { $0.value.array(of: Float.self).allSatisfy { $0 == 7 } })
    #expect(target.parameters.allSatisfy { $0.value.requiresGradient })
  }

  @Test func parametersKeepTheirTensorWhenLoaded() throws {
    let module = Leaf(bias: true)
    let before = module.weight.value
    try module.load(["weight": Tensor([Double(4), 5]), "bias": Tensor([Float(6)])])
    #expect(module.weight.value === before)
    #expect(before.array(of: Float.self) == [4, 5] && before.dtype == .float32)
  }

  @Test func aMismatchSaysWhatAndChangesNothing() {
    let module = Leaf(bias: true)
    let error = #expect(throws: StateMismatch.self) {
      try module.load(["weight": Tensor([Float(1), 2, 3]), "extra": Tensor([Float(1)])])
    }
    #expect(
      error?.description == """
        the weights are of another architecture:
          1 missing: bias
          1 unexpected: extra
          1 of another shape: weight is [3], not [2]
        """)
    #expect(module.weight.value.array(of: Float.self) == [1, 2])
  }

  @Test func manyMismatchesAreCutShort() {
    let saved = Dictionary(uniqueKeysWithValues: (0..<8).map { ("k\($0)", Tensor([Float(0)])) })
    let error = #expect(throws: StateMismatch.self) { try StateMismatch.check(saved, against: [:]) }
    #expect(error?.description.contains("8 unexpected: k0, k1, k2, k3, k4, …") == true)
  }

  @Test func gradientsAreTurnedOffAndOn() {
    let module = Leaf(bias: true)
    module.setRequiresGradient(false)
    #expect(!module.weight.value.requiresGradient)
    module.move(to: .cpu)
    #expect(!module.weight.value.requiresGradient)
    module.setRequiresGradient(true)
    #expect(module.bias!.value.requiresGradient)
  }
}
