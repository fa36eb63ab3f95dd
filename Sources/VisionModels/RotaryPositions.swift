import Foundation
public import Torch

/// Turns queries and keys by angles that their patches' places decide, as DINOv3 does (arXiv 2508.10104;
/// `modeling_dinov3_vit.py` of Hugging Face's `transformers`).
///
/// Of a head's d values, place i and place i + d / 2 are turned together. The first d / 4 angles are of the row, the next of the
/// column: 2 π c / 100^(4 k / d), c being the middle of the patch, from -1 to 1 over the image. Tokens before the patches are not
/// turned.
public final class RotaryPositions {
  /// What turns the tokens of sequences.
  public struct Rotation {
    /// Of the angles, `[1 or S, 1, N, d]`.
    let cosines: Tensor
    let sines: Tensor

    /// Turns queries or keys, `[S, heads, N, d]`.
    func callAsFunction(_ values: Tensor) -> Tensor {
      let half = values.shape[3] / 2
      let parts = values.split(half, along: 3)
      let turned = Tensor.concatenate([-parts[1], parts[0]], along: 3)
      return values * cosines.to(values.dtype) + turned * sines.to(values.dtype)
    }
  }

  /// What the rates of the angles fall by from the first to the last.
  static let base = 100.0

  /// Of every token of a whole image, `[N, d]`.
  private var cosines: Tensor
  private var sines: Tensor

  /// - Parameters:
  ///   - grid: of the patches.
  ///   - prefixCount: tokens before them.
  ///   - headWidth: d, a multiple of 4.
  public init(grid: PatchGrid, prefixCount: Int, headWidth: Int) {
    let rates = (0..<headWidth / 4).map { 2 * Double.pi / pow(Self.base, 4 * Double($0) / Double(headWidth)) }
    func angles(_ index: Int, of count: Int) -> [Double] {
      rates.map { $0 * (2 * (Double(index) + 0.5) / Double(count) - 1) }
    }
    let none = [Double](repeating: 0, count: prefixCount * headWidth)
    let all =
      none
      + (0..<grid.count).flatMap { place in
        let own = angles(place / grid.columns, of: grid.rows) + angles(place % grid.columns, of: grid.columns)
        return own + own
      }
    let shape = [prefixCount + grid.count, headWidth]
    cosines = Tensor(all.map { Float(cos($0)) }, shape: shape)
    sines = Tensor(all.map { Float(sin($0)) }, shape: shape)
  }

  /// What turns the tokens of sequences.
  ///
  /// - Parameters:
  ///   - tableRows: what each sequence holds, as ``PatchSequences/tableRows``; nil is whole images.
  ///   - device: where the tokens are.
  public func rotation(_ tableRows: Tensor?, on device: Device) -> Rotation {
    if cosines.device != device { (cosines, sines) = (cosines.to(device), sines.to(device)) }
    func chosen(_ table: Tensor) -> Tensor {
      (tableRows.map { table.rows($0) } ?? table.unsqueezed(0)).unsqueezed(1)
    }
    return Rotation(cosines: chosen(cosines), sines: chosen(sines))
  }
}
