import DatasetDownloads
import Experiments
import SplitMaskCore
import Testing

@Suite struct ExperimentRecipeTests {
  @Test func everyExperimentIsThere() {
    #expect(
      ExperimentRecipe.all.map(\.name) == [
        "table-1", "table-2", "table-3", "table-4", "table-5", "table-6", "table-7", "table-8", "figure-samples",
        "figure-epochs", "figure-longer", "robustness",
      ])
  }

  @Test func unknownNameIsToldTheNearest() throws {
    let error = #expect(throws: InvalidSetting.self) { try ExperimentRecipe.named("tabel-6") }
    #expect(error?.problem.contains("did you mean 'table-6'?") == true)
  }

  @Test(arguments: ExperimentScale.allCases) func headersSayWhatThereIsToKnow(scale: ExperimentScale) {
    for recipe in ExperimentRecipe.all {
      let header = recipe.header(scale: scale)
      #expect(header.contains(recipe.title) && header.contains(recipe.question))
      #expect(header.contains("splitmask recipes run \(recipe.name) --scale \(scale.rawValue)"))
      for row in recipe.published.rows { #expect(header.contains("| \(row) "), "\(recipe.name)") }
      #expect(header.contains("cost:") && header.contains("images:"))
    }
  }

  @Test func publishedNumbersStandInTheirPlaces() throws {
    func value(_ recipe: String, _ row: String, _ column: String) throws -> PublishedTable.Value? {
      try ExperimentRecipe.named(recipe).published.value(row: row, column: column)
    }
    #expect(try value("table-1", "SplitMask", "COCO") == 76.3)
    #expect(try value("table-1", "supervised", "COCO") == nil)
    #expect(try value("table-6", "ViT-B SplitMask [target]", "Stanford Cars") == 93.1)
    #expect(try value("table-6", "ViT-S BEiT [target]", "Sketch") == "diverged")
    #expect(try value("table-8", "split, match", "linear") == 4)
  }

  @Test func dataSetsThatCanBeFetchedAreKnownToTheDownloader() throws {
    for name in ExperimentDataset.allCases.compactMap(\.fetchName) {
      #expect(throws: Never.self) { try DownloadableDataset.named(name) }
    }
  }
}
