extension RunLengthMask {
  /// The largest coordinate, either way, that a polygon may have.
  static let coordinateLimit = 1_048_576.0

  /// The pixels inside a polygon, the same ones as pycocotools has.
  ///
  /// The outline is drawn on a grid five times as fine. Where it passes the middle of a column, the pixels from there down
  /// turn, outside to inside and back.
  ///
  /// - Parameters:
  ///   - polygon: x and y of each corner in turns, in pixels; at least three corners.
  ///   - height: Rows.
  ///   - width: Columns.
  public init(polygon: [Double], height: Int, width: Int) {
    precondition(polygon.count >= 6 && polygon.count % 2 == 0, "a polygon has at least three corners")
    precondition(polygon.allSatisfy { abs($0) <= Self.coordinateLimit }, "a polygon's corners lie in or near its image")
    var outline = Outline(height: height, width: width)
    outline.trace(polygon)
    var turns = outline.turns
    turns.append(UInt32(height * width))
    turns.sort()
    var runs = RunList()
    var (previous, isInside) = (UInt32(0), false)
    for turn in turns {
      runs.append(turn - previous, isInside: isInside)
      isInside.toggle()
      previous = turn
    }
    self.init(trusted: runs.counts, height: height, width: width)
  }

  /// The union of several polygons.
  public init(polygons: [[Double]], height: Int, width: Int) {
    self =
      .union(of: polygons.map { RunLengthMask(polygon: $0, height: height, width: width) })
      ?? RunLengthMask(trusted: [UInt32(height * width)], height: height, width: width)
  }

  /// The pixels inside a box, the same ones as pycocotools has.
  public init(box: BoundingBox, height: Int, width: Int) {
    let (right, bottom) = (box.left + box.width, box.top + box.height)
    self.init(
      polygon: [box.left, box.top, box.left, bottom, right, bottom, right, box.top], height: height, width: width)
  }
}

/// The outline of a polygon on the fine grid, as the pixels at which a column turns from outside to inside or back.
private struct Outline {
  private static let scale = 5.0

  let height: Int
  let width: Int
  private(set) var turns: [UInt32] = []
  private var last: (x: Int, y: Int)?

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  mutating func trace(_ polygon: [Double]) {
    let corners = stride(from: 0, to: polygon.count, by: 2).map {
      (x: Int(Self.scale * polygon[$0] + 0.5), y: Int(Self.scale * polygon[$0 + 1] + 0.5))
    }
    for (place, corner) in corners.enumerated() { draw(from: corner, to: corners[(place + 1) % corners.count]) }
  }

  /// Draws along the longer axis. Always towards larger coordinates, then taken in the edge's order, so that an edge
  /// rounds to the same points both ways.
  private mutating func draw(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
    let (spanX, spanY) = (abs(end.x - start.x), abs(end.y - start.y))
    let isFlat = spanX >= spanY
    let span = isFlat ? spanX : spanY
    // Two corners in one place have no edge; their point belongs to the neighbouring edges.
    guard span > 0 else { return }
    let isReversed = isFlat ? start.x > end.x : start.y > end.y
    let (low, high) = isReversed ? (end, start) : (start, end)
    let slope = isFlat ? Double(high.y - low.y) / Double(span) : Double(high.x - low.x) / Double(span)
    for step in 0...span {
      let along = isReversed ? span - step : step
      let across = (isFlat ? Double(low.y) : Double(low.x)) + slope * Double(along) + 0.5
      visit(isFlat ? (low.x + along, Int(across)) : (Int(across), low.y + along))
    }
  }

  private mutating func visit(_ point: (x: Int, y: Int)) {
    defer { last = point }
    guard let last, last.x != point.x else { return }
    // Between two fine columns; only one in five lies in the middle of a pixel's column.
    let fine = point.x < last.x ? point.x : point.x - 1
    let column = (Double(fine) + 0.5) / Self.scale - 0.5
    guard column.rounded(.down) == column, column >= 0, column <= Double(width - 1) else { return }
    let row = (Double(min(last.y, point.y)) + 0.5) / Self.scale - 0.5
    let clamped = min(max(row, 0), Double(height)).rounded(.up)
    turns.append(UInt32(Int(column) * height + Int(clamped)))
  }
}
