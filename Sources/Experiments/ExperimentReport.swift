public import Comparisons
import Foundation

/// What an experiment found, beside what the paper published. `results.json` is this.
public struct ExperimentReport: Codable, Hashable, Sendable {
  /// The unit of a measured value.
  public enum Unit: String, Codable, Hashable, Sendable {
    /// Percent, of test images or as dense tasks are judged.
    case percent
    /// Hours of pretraining.
    case hours
    /// Updates of pretraining.
    case updates
  }

  /// What was measured, over seeds.
  public struct Measured: Codable, Hashable, Sendable {
    /// The mean.
    public let mean: Double
    /// The sample standard deviation; nil of a single value.
    public let deviation: Double?
    /// How many values.
    public let count: Int
    /// The values, seed by seed.
    public let values: [Double]

    /// Of values; nil of none.
    init?(_ values: [Double]) {
      guard let summary = ComparisonReport.Summary(values) else { return nil }
      (mean, deviation, count) = (summary.mean, summary.deviation, summary.count)
      self.values = values
    }
  }

  /// A cell of the table.
  public struct Cell: Codable, Hashable, Sendable {
    /// The row's name.
    public let row: String
    /// The column's name.
    public let column: String
    /// The unit of what is measured; nil where nothing ever is.
    public let unit: Unit?
    /// What was measured; nil where nothing was.
    public var measured: Measured?
    /// What the paper has there; nil where it has nothing.
    public let published: PublishedTable.Value?
    /// Why nothing was measured; nil where something was, or where there is nothing to be measured.
    public var reason: String?
  }

  /// The recipe's name.
  public let recipe: String
  /// The paper's table or figure, and its subject.
  public let title: String
  /// What is asked.
  public let question: String
  /// What the numbers are.
  public let legend: String
  /// What to know about how it is repeated here.
  public let notes: [String]
  /// Runs of each encoder.
  public let seeds: Int
  /// Facts for the head of a page, name and value.
  public let facts: [ComparisonReport.Fact]
  /// The names of the rows, in order.
  public let rows: [String]
  /// The names of the columns, in order.
  public let columns: [String]
  /// The table, row by row.
  public let cells: [Cell]

  init(recipe: ExperimentRecipe, config: ExperimentConfig, facts: [ComparisonReport.Fact], cells: [Cell]) {
    self.recipe = recipe.name
    (title, question, legend, notes) = (recipe.title, recipe.question, recipe.legend, recipe.notes)
    (rows, columns) = (recipe.published.rows, recipe.published.columns)
    seeds = config.seeds
    self.facts = facts
    self.cells = cells
  }

  /// The cell of a row and column.
  public func cell(row: String, column: String) -> Cell? { cells.first { $0.row == row && $0.column == column } }
}

extension PlannedEncoder.Quantity {
  /// The unit that it is measured in.
  var unit: ExperimentReport.Unit {
    switch self {
    case .fineTuning, .linear, .detection, .segmentation: .percent
    case .time: .hours
    case .updates: .updates
    }
  }
}
