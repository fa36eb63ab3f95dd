// Prints one line for each declaration of the symbol graphs in a folder: where it stands, and its text.
import Foundation

struct SymbolGraph: Decodable {
  struct Symbol: Decodable {
    struct Fragment: Decodable {
      let spelling: String
    }
    struct Location: Decodable {}
    struct Extension: Decodable {
      let extendedModule: String
    }

    let pathComponents: [String]
    let declarationFragments: [Fragment]
    /// The compiler's own declarations have none.
    let location: Location?
    let swiftExtension: Extension?
  }
  struct Module: Decodable {
    let name: String
  }

  let module: Module
  let symbols: [Symbol]
}

func line(_ symbol: SymbolGraph.Symbol, module: String) -> String {
  let extended = symbol.swiftExtension.map { $0.extendedModule == module ? [] : [$0.extendedModule] } ?? []
  let place = [module] + extended + symbol.pathComponents.dropLast()
  let text = symbol.declarationFragments.map(\.spelling).joined()
  return place.joined(separator: ".") + ": " + text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

var lines: Set<String> = []
let folder = URL(fileURLWithPath: CommandLine.arguments[1])
for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
where file.pathExtension == "json" {
  let graph = try JSONDecoder().decode(SymbolGraph.self, from: Data(contentsOf: file))
  for symbol in graph.symbols where symbol.location != nil { lines.insert(line(symbol, module: graph.module.name)) }
}
print(lines.sorted().joined(separator: "\n"))
