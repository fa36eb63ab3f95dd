import Testing
import Torch

@Suite struct TensorListTests {
  @Test func norms() {
    let norms = TensorList.norms([vector([3, 4]), matrix([[0, 5], [12, 0]])])
    expect(norms[0], [5], shape: [])
    expect(norms[1], [13], shape: [])
  }

  @Test func factors() {
    let tensors = [vector([1, 2]), matrix([[3]])]
    TensorList.multiplyInPlace(tensors, by: Tensor(scalar: Float(0.5)))
    expect(tensors[0], [0.5, 1])
    expect(tensors[1], [1.5])
    TensorList.interpolateInPlace(tensors, towards: [vector([8.5, 1]), matrix([[-2.5]])], weight: 0.25)
    expect(tensors[0], [2.5, 1])
    expect(tensors[1], [0.5])
    TensorList.interpolateInPlace(
      tensors, towards: [vector([4.5, 3]), matrix([[1.5]])], weight: Tensor(scalar: Float(0.5)))
    expect(tensors[0], [3.5, 2])
    expect(tensors[1], [1])
    TensorList.multiplyInPlace(tensors, byEach: [Tensor(scalar: Float(2)), Tensor(scalar: Float(-3))])
    expect(tensors[0], [7, 4])
    expect(tensors[1], [-3])
  }

  @Test func adamWOfOneStepMovesByTheRate() {
    // The first step of Adam is the rate times the gradient's sign, whatever its size; decay comes before it.
    let parameter = vector([1, 1])
    let state = [parameter.zerosLike(), parameter.zerosLike()]
    func update(skip: Float) {
      TensorList.fusedAdamW(
        parameters: [parameter], gradients: [vector([4, -0.5])], firstMoments: [state[0]],
        secondMoments: [state[1]], steps: [Tensor(scalar: Float(1))], learningRate: 0.1, betas: (0.9, 0.999),
        weightDecay: 0.5, epsilon: 0, gradientScale: Tensor(scalar: Float(2)), skip: Tensor(scalar: skip))
    }
    update(skip: 1)
    expect(parameter, [1, 1])
    expect(state[0], [0, 0])
    update(skip: 0)
    expect(parameter, [0.85, 1.05])
    expect(state[0], [0.2, -0.025])
    expect(state[1], [0.004, 0.0000625])
  }
}

@Suite struct FailureTests {
  @Test func mistakesNameTheOperatorAndTheShapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("matmul(float32[2, 3], float32[4, 5])"))
  }
}
