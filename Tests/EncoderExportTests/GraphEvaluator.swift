import EncoderExport
import Foundation
import Torch

/// Computes an ONNX graph, one operator after the other.
struct GraphEvaluator {
  let graph: Onnx_GraphProto

  /// The value of every name, of an input `[B, C, H, W]` or bytes.
  func values(of image: Tensor) throws -> [String: Tensor] {
    var values = ["image": image]
    for tensor in graph.initializer { values[tensor.name] = self.tensor(tensor) }
    for node in graph.node {
      let inputs = node.input.map { name -> Tensor in
        guard let value = values[name] else { fatalError("\(node.name) takes \(name), which comes later or never") }
        return value
      }
      values[node.output[0]] = noGrad { value(of: node, inputs) }
    }
    return values
  }

  private func tensor(_ tensor: Onnx_TensorProto) -> Tensor {
    let types: [Int32: DType] = [1: .float32, 7: .int64, 10: .float16]
    return Tensor(shape: tensor.dims.map(Int.init), dtype: types[tensor.dataType]!) { bytes in
      tensor.rawData.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  private func value(of node: Onnx_NodeProto, _ inputs: [Tensor]) -> Tensor {
    let first = inputs[0]
    func ints(_ name: String) -> [Int] { node.attribute.first { $0.name == name }!.ints.map(Int.init) }
    func int(_ name: String) -> Int { Int(node.attribute.first { $0.name == name }!.i) }
    func sizes(_ index: Int) -> [Int] { inputs[index].array(of: Int.self) }
    switch node.opType {
    case "Conv": return convolved(first, inputs[1], inputs[2])
    case "Reshape": return first.reshaped(sizes(1))
    case "Transpose": return first.permuted(ints("perm"))
    case "Pad":
      let zeros = Tensor.zeros([first.shape[0], sizes(1)[1], first.shape[2]]).to(first.dtype)
      return Tensor.concatenate([zeros, first], along: 1)
    case "Add": return first + inputs[1]
    case "Mul": return first * inputs[1]
    case "Div": return first / inputs[1]
    case "MatMul": return first.matmul(inputs[1])
    case "Softmax": return first.softmax(int("axis"))
    case "Erf": return Tensor(first.array(of: Float.self).map { erf($0) }, shape: first.shape).to(first.dtype)
    case "LayerNormalization":
      let epsilon = Double(node.attribute.first { $0.name == "epsilon" }!.f)
      return first.layerNorm(weight: inputs[1], bias: inputs[2], epsilon: epsilon)
    case "Gather":
      let index = inputs[1]
      return first.indexSelect(1, index.reshaped([-1])).reshaped([first.shape[0]] + index.shape)
    case "Slice": return first.narrowed(sizes(3)[0], start: sizes(1)[0], count: sizes(2)[0] - sizes(1)[0])
    case "ReduceMean": return first.mean(ints("axes"))
    case "Cast": return first.to(int("to") == 10 ? .float16 : .float32)
    case "Identity": return first
    default: fatalError("an operator that no test knows: \(node.opType)")
    }
  }

  /// A convolution whose stride is its kernel.
  private func convolved(_ image: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
    let (sizes, side) = (image.shape, weight.shape[2])
    let (rows, columns) = (sizes[2] / side, sizes[3] / side)
    let rowsOfWeights = weight.reshaped([weight.shape[0], -1]).transposed(0, 1)
    return (patches(image, side).matmul(rowsOfWeights) + bias).transposed(1, 2).reshaped([sizes[0], -1, rows, columns])
  }
}

/// The patches of images, `[B, n, C · p · p]`.
func patches(_ image: Tensor, _ side: Int) -> Tensor {
  let sizes = image.shape
  let (rows, columns) = (sizes[2] / side, sizes[3] / side)
  return image.reshaped([sizes[0], sizes[1], rows, side, columns, side]).permuted([0, 2, 4, 1, 3, 5])
    .reshaped([sizes[0], rows * columns, -1])
}
