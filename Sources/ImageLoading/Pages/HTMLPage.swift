import Foundation
package import ImageCoding
import SplitMaskCore

/// Pages of HTML that need no network and no script.
package enum HTMLPage {
  /// A whole page.
  ///
  /// - Parameters:
  ///   - title: plain text.
  ///   - sections: HTML.
  package static func document(title: String, sections: [String]) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
    <link rel="icon" href="data:,">
    <title>\(title.escapedForHTML)</title>
    <style>
    \(style)</style>
    </head>
    <body>
    <main>
    \(sections.joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  /// A table.
  ///
  /// - Parameters:
  ///   - titles: plain text of the head.
  ///   - rows: plain text, the first cell the row's title.
  package static func table(_ titles: [String], _ rows: [[String]]) -> String {
    let head = titles.map { "<th scope=\"col\">\($0.escapedForHTML)</th>" }.joined()
    let body = rows.map { row in
      let cells = row.dropFirst().map { "<td>\($0.escapedForHTML)</td>" }.joined()
      return "<tr><th scope=\"row\">\(row[0].escapedForHTML)</th>\(cells)</tr>"
    }
    return """
      <div class="scroll"><table>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }

  /// A list of names and values.
  package static func facts(_ pairs: [(name: String, value: String)]) -> String {
    let items = pairs.map { "<div><dt>\($0.name.escapedForHTML)</dt><dd>\($0.value.escapedForHTML)</dd></div>" }
    return "<dl class=\"facts\">\n\(items.joined(separator: "\n"))\n</dl>"
  }

  /// A list of plain texts.
  package static func list(_ items: [String]) -> String {
    "<ul>\n\(items.map { "<li>\($0.escapedForHTML)</li>" }.joined(separator: "\n"))\n</ul>"
  }

  /// The most pixels of a picture that keeps every one of them; larger ones are JPEG.
  private static let exactPixelLimit = 160 * 160

  /// A picture inside the page.
  ///
  /// - Parameters:
  ///   - image: the pixels; small ones are enlarged without smoothing.
  ///   - text: what it shows.
  /// - Throws: `ImageError` when memory runs out.
  package static func picture(_ image: PixelImage, _ text: String) throws -> String {
    let isExact = image.width * image.height <= exactPixelLimit
    let file = try isExact ? ImageEncoder.png(image) : ImageEncoder.jpeg(image)
    return """
      <img src="data:image/\(isExact ? "png" : "jpeg");base64,\(file.base64EncodedString())" width="\(image.width)" \
      height="\(image.height)" alt="\(text.escapedForHTML)">
      """
  }

  /// Colours are variables; dark ones are for screens only.
  private static let style = """
    :root { --paper: #ffffff; --card: #f7f8fa; --ink: #1b2028; --soft: #5a6473; --line: #dde1e7; --accent: #2563b8;
      --notice: #fff6e0; --edge: #8a6a00; }
    @media screen and (prefers-color-scheme: dark) {
      :root { --paper: #14171c; --card: #1c2027; --ink: #e6e9ee; --soft: #a0a9b6; --line: #333a44; --accent: #7db2f5;
        --notice: #33290f; --edge: #d4b13f; }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
    main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; overflow-wrap: anywhere; }
    h3 { font-size: 1.08rem; margin: 1.5rem 0 .5rem; }
    h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
    p { margin: .5rem 0; max-width: 46rem; }
    p, li { overflow-wrap: anywhere; }
    section > p { color: var(--soft); }
    ul { padding-left: 1.2rem; }
    code { font-family: ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em; }
    .command { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1rem;
      max-width: none; color: var(--ink); overflow-wrap: anywhere; }
    .notice { background: var(--notice); border-left: 4px solid var(--edge); padding: .6rem 1rem; max-width: none;
      color: var(--ink); }
    .facts { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; margin: 0;
      background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; }
    .facts div { flex: 1 1 13rem; max-width: 24rem; }
    .facts dt { color: var(--soft); font-size: .85rem; }
    .facts dd { margin: 0; overflow-wrap: anywhere; }
    .scroll { overflow-x: auto; margin: .75rem 0; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: .4rem .9rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
    th:first-child { text-align: left; padding-left: .25rem; }
    thead th { color: var(--soft); font-weight: 500; font-size: .88rem; border-bottom: 2px solid var(--line); }
    tbody th { font-weight: 500; }
    .panels { display: flex; flex-wrap: wrap; gap: 1rem; }
    .panel { flex: 1 1 13rem; max-width: 22rem; margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; break-inside: avoid; }
    .panel figcaption { font-size: .9rem; font-weight: 600; overflow-wrap: anywhere; }
    .panel svg { display: block; width: 100%; height: 5rem; }
    .bars { fill: var(--accent); }
    .marks { stroke: var(--edge); vector-effect: non-scaling-stroke; }
    .panel .ends { display: flex; justify-content: space-between; color: var(--soft); font-size: .85rem; }
    .row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: flex-start; margin: 1rem 0 1.5rem; break-inside: avoid; }
    .row > p { flex: 0 0 100%; margin: 0; max-width: none; font-size: .9rem; }
    .row figure { margin: 0; }
    .row img { display: block; width: 7rem; height: auto; border-radius: 4px; image-rendering: pixelated;
      background: var(--line); }
    .row figcaption { font-size: .8rem; color: var(--soft); max-width: 7rem; overflow-wrap: anywhere; }
    @media (max-width: 34rem) {
      main { padding: 1.25rem .9rem 3rem; }
      h1 { font-size: 1.5rem; }
      th, td { padding: .4rem .55rem; }
      .row img { width: 5.5rem; }
      .row figcaption { max-width: 5.5rem; }
    }

    """
}
