public import Torch
public import TorchNN

/// Which row of a table of relative positions belongs to each pair of tokens (microsoft/unilm,
/// beit/modeling_finetune.py).
///
/// A pair of patches has the row (Δrow + rows - 1) · (2 columns - 1) + Δcolumn + columns - 1, Δ being the query's place less
/// the key's. With a class token three rows follow: from it to a patch, from a patch to it, from it to itself.
public final class RelativePositions {
  /// Rows of a table.
  public let rowCount: Int
  /// The row of every pair of tokens of a whole image, `[N, N]` int64; query first.
  private var whole: Tensor

  /// Pairs of a grid's patches, after `prefixCount` tokens that have no place: a class token, and registers, which share its rows.
  public init(grid: PatchGrid, prefixCount: Int) {
    let pairs = (2 * grid.rows - 1) * (2 * grid.columns - 1)
    rowCount = pairs + (prefixCount > 0 ? 3 : 0)
    let places: [(row: Int, column: Int)?] =
      [(row: Int, column: Int)?](repeating: nil, count: prefixCount)
      + (0..<grid.count).map { ($0 / grid.columns, $0 % grid.columns) }
    var index: [Int64] = []
    index.reserveCapacity(places.count * places.count)
    for query in places {
      for key in places {
        let row: Int =
          switch (query, key) {
          case (let query?, let key?):
            (query.row - key.row + grid.rows - 1) * (2 * grid.columns - 1)
              + (query.column - key.column + grid.columns - 1)
          case (nil, .some): pairs
          case (.some, nil): pairs + 1
          case (nil, nil): pairs + 2
          }
        index.append(Int64(row))
      }
    }
    whole = Tensor(index, shape: [places.count, places.count])
  }

  /// The rows of all pairs of tokens: `[N, N]` of whole images, `[S, k, k]` of sequences.
  ///
  /// - Parameters:
  ///   - tableRows: what each sequence holds, `[S, k]` int64, 0 being the class token where there is one; nil is whole
  ///     images.
  ///   - device: where the rows are wanted.
  public func index(_ tableRows: Tensor?, on device: Device) -> Tensor {
    if whole.device != device { whole = whole.to(device) }
    guard let tableRows else { return whole }
    let (count, length) = (tableRows.shape[0], tableRows.shape[1])
    let keys = tableRows.unsqueezed(1).expanded([count, length, length]).reshaped([-1, length])
    return whole.indexSelect(0, tableRows.reshaped([-1])).gathered(1, keys).reshaped([count, length, length])
  }

  /// What a table adds to the products of queries and keys: `[1 or S, heads, k, k]`.
  ///
  /// - Parameters:
  ///   - table: `[rows, heads]`.
  ///   - index: from ``index(_:on:)``.
  public static func bias(_ table: Tensor, at index: Tensor) -> Tensor {
    let values = table.rows(index.rank == 3 ? index : index.unsqueezed(0))
    return values.permuted([0, 3, 1, 2]).contiguous()
  }

  /// A table for another grid: the map of the patches' differences resampled bicubically, the class token's rows kept.
  ///
  /// - Parameters:
  ///   - table: `[rows, heads]`.
  ///   - from: the grid that the table is of.
  ///   - to: the grid that is wanted.
  public static func resampled(_ table: Tensor, from: PatchGrid, to: PatchGrid) -> Tensor {
    noGrad {
      let (height, width) = (2 * from.rows - 1, 2 * from.columns - 1)
      let sizes = table.shape
      let map = table.narrowed(0, start: 0, count: height * width).to(.float32).transposed(0, 1)
        .reshaped([1, sizes[1], height, width])
        .resizedBicubic(height: 2 * to.rows - 1, width: 2 * to.columns - 1)
        .reshaped([sizes[1], -1]).transposed(0, 1)
      let rest = sizes[0] - height * width
      return Tensor.concatenate([map, table.narrowed(0, start: height * width, count: rest).to(.float32)])
    }
  }
}

/// One table of relative positions for all blocks, under BEiT's key.
public final class RelativePositionTable: Module {
  /// `[rows, heads]`, zeros at first.
  public let relativePositionBiasTable: Parameter

  /// A table of ``RelativePositions/rowCount`` rows.
  public init(rows: Int, headCount: Int) {
    relativePositionBiasTable = Parameter(Tensor.zeros([rows, headCount]))
  }

  /// `[1 or S, heads, k, k]`, as ``RelativePositions/bias(_:at:)``.
  public func callAsFunction(_ index: Tensor) -> Tensor {
    RelativePositions.bias(relativePositionBiasTable.value, at: index)
  }
}
