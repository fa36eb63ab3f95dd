extension ComparisonPage {
  /// The style sheet. Colours are variables, which the charts read as well; dark ones are for screens only.
  static let style = """
    :root {
      --paper: #ffffff; --card: #f7f8fa; --ink: #1b2028; --soft: #5a6473; --line: #dde1e7; --accent: #2563b8;
      --notice: #fff6e0; --baseline: #7d8794;
      --series-0: #2563b8; --series-1: #c2570c; --series-2: #1a7f55; --series-3: #7a4bbd; --series-4: #c0304f;
      --series-5: #0c7f8f; --series-6: #8a6a00; --series-7: #a23a92;
      --part-0: #2c3e5c; --part-1: #5b7db1; --part-2: #9cb6d8; --part-3: #cfdcec;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root:not([data-printing]) {
        --paper: #14171c; --card: #1c2027; --ink: #e6e9ee; --soft: #a0a9b6; --line: #333a44; --accent: #7db2f5;
        --notice: #33290f; --baseline: #8d97a5;
        --series-0: #6ea8f0; --series-1: #f0974f; --series-2: #55c08f; --series-3: #b592ee; --series-4: #f07a92;
        --series-5: #4fc0cf; --series-6: #d4b13f; --series-7: #e08ad2;
        --part-0: #d5e2f3; --part-1: #8fb0dc; --part-2: #55779f; --part-3: #37495f;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
    main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    :root[data-printing] main { max-width: 42rem; padding: 0; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; letter-spacing: -0.01em; }
    h2 { font-size: 1.35rem; line-height: 1.25; margin: 3rem 0 .5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
    h3 { font-size: 1.08rem; margin: 1.75rem 0 .5rem; }
    p { margin: .5rem 0; max-width: 46rem; }
    section > p { color: var(--soft); }
    .kicker { color: var(--accent); font-weight: 600; margin: 0; }
    .answers { padding-left: 1.2rem; margin: 0 0 1.5rem; max-width: 52rem; }
    .reading { padding-left: 1.2rem; max-width: 46rem; }
    li { margin: .3rem 0; }
    code { font-family: ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em; }
    .notice { background: var(--notice); border-left: 4px solid var(--series-6); padding: .6rem 1rem; max-width: none; }
    section > .note { color: var(--ink); font-size: .95rem; }
    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .75rem 1.5rem; margin: 0;
      background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; }
    .facts dt { color: var(--soft); font-size: .85rem; }
    .facts dd { margin: 0; overflow-wrap: anywhere; }
    .scroll { overflow-x: auto; margin: .75rem 0; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; min-width: min(100%, 32rem); }
    th, td { padding: .4rem .9rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
    th:first-child { text-align: left; padding-left: .25rem; }
    thead th { color: var(--soft); font-weight: 500; font-size: .88rem; white-space: normal; vertical-align: bottom;
      border-bottom: 2px solid var(--line); }
    tbody th { font-weight: 500; }
    th i { display: inline-block; width: .65rem; height: .65rem; border-radius: 50%; margin-right: .55rem; }
    .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem;
      margin: 1rem 0; }
    .panel { margin: 0; min-width: 0; border: 1px solid var(--line); border-radius: 8px; padding: .7rem .8rem .3rem;
      break-inside: avoid; }
    .panel.wide { grid-column: 1 / -1; }
    .panel figcaption { font-size: .92rem; font-weight: 600; overflow-wrap: anywhere; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1.5rem; }
    .pictures figure { margin: 0; min-width: 0; break-inside: avoid; }
    .pictures img { display: block; max-width: 100%; height: auto; border-radius: 4px; background: #fff; }
    .pictures img.enlarged { image-rendering: pixelated; }
    .pictures figcaption { font-size: .9rem; color: var(--soft); margin-top: .4rem; overflow-wrap: anywhere; }
    .pictures figcaption b { color: var(--ink); }
    @media (max-width: 34rem) {
      main { padding: 1.25rem .9rem 3rem; }
      h1 { font-size: 1.5rem; }
      th, td { padding: .4rem .55rem; }
    }
    @media print {
      @page { margin: 15mm; }
      body { font-size: 10.5pt; }
      h2, h3 { break-after: avoid; }
      table, .facts { break-inside: avoid; }
      .scroll { overflow: visible; }
      th, td { padding: .3rem .5rem; }
    }

    """
}
