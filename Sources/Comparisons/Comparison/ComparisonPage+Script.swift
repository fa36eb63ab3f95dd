extension ComparisonPage {
  /// Draws the charts, and draws them again when the colours change or the page is printed.
  static let script = #"""
    "use strict";
    (() => {
      const figures = JSON.parse(document.getElementById("figures").textContent);
      const charts = [...document.querySelectorAll("[data-figure]")];
      const settings = { displayModeBar: false, responsive: true };

      const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
      const axis = (more) => ({
        gridcolor: color("line"), linecolor: color("line"), zeroline: false, fixedrange: true, automargin: true,
        tickfont: { color: color("soft") }, title: { font: { color: color("soft"), size: 12 } }, ...more,
      });
      const layout = (more) => ({
        font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: color("ink") },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 8, r: 26, t: 8, b: 32 },
        showlegend: false, dragmode: false,
        hoverlabel: { bgcolor: color("card"), bordercolor: color("line"), font: { color: color("ink") } }, ...more,
      });
      const legend = { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", itemclick: false, itemdoubleclick: false };
      const named = (axis, text) => ({ ...axis, title: { ...axis.title, text } });
      const rows = () => axis({ type: "category", autorange: "reversed", showgrid: false,
        tickfont: { color: color("ink") }, ticklabelstandoff: 6 });

      const drawings = {
        bars(figure) {
          const reach = figure.means.map((mean, row) => mean + (figure.deviations[row] ?? 0));
          const shown = figure.means.map((mean, row) =>
            mean.toFixed(1) + (figure.deviations[row] == null ? "" : " ± " + figure.deviations[row].toFixed(1)));
          const line = figure.baseline == null ? [] : [{ type: "line", x0: figure.baseline, x1: figure.baseline,
            yref: "paper", y0: 0, y1: 1, line: { color: color("baseline"), width: 1.5, dash: "dot" } }];
          return {
            data: [
              { type: "bar", orientation: "h", y: figure.names, x: figure.means, customdata: shown,
                hovertemplate: "%{y}: %{customdata} %<extra></extra>", width: 0.62,
                marker: { color: figure.colors.map(color) },
                error_x: { type: "data", array: figure.deviations.map((value) => value ?? 0), color: color("ink"),
                  thickness: 1.4, width: 4 } },
              { type: "scatter", mode: "text", y: figure.names, x: reach, hoverinfo: "skip", cliponaxis: false,
                text: figure.means.map((mean) => "  " + mean.toFixed(1)), textposition: "middle right",
                textfont: { color: color("ink"), size: 12 } },
            ],
            layout: layout({ shapes: line, yaxis: rows(),
              xaxis: axis({ range: [0, figure.end], ticksuffix: " %", nticks: 6 }) }),
          };
        },
        lines(figure) {
          return {
            data: figure.series.map((series) => ({
              type: "scatter", mode: "lines", name: series.name, x: series.x, y: series.y,
              showlegend: !series.isFaint, hoverinfo: series.isFaint ? "skip" : undefined,
              hovertemplate: series.isFaint ? undefined : "%{y:.4~g}<extra>%{fullData.name}</extra>",
              opacity: series.isFaint ? 0.35 : 1,
              line: { color: color(series.color), width: series.isFaint ? 1 : 2.2 },
            })),
            layout: layout({ showlegend: figure.hasLegend, legend, hovermode: "x unified",
              xaxis: named(axis({ nticks: 6, rangemode: "tozero" }), "update"),
              yaxis: axis({ nticks: 6, rangemode: figure.isPercent ? "tozero" : "normal",
                ticksuffix: figure.isPercent ? " %" : "" }),
              margin: { l: 8, r: 26, t: 8, b: 44 } }),
          };
        },
        times(figure) {
          return {
            data: figure.parts.map((part, place) => ({
              type: "bar", orientation: "h", name: part.name, y: figure.names, x: part.values, width: 0.62,
              marker: { color: color("part-" + place % 4) },
              hovertemplate: "%{y}, %{fullData.name}: %{x:.3~g} " + figure.unit + "<extra></extra>",
            })),
            layout: layout({ barmode: "stack", showlegend: true, legend: { ...legend, traceorder: "normal" },
              yaxis: rows(), xaxis: named(axis({ nticks: 6, rangemode: "tozero" }), figure.unit),
              margin: { l: 8, r: 26, t: 8, b: 44 } }),
          };
        },
      };

      const draw = () => {
        for (const chart of charts) {
          const figure = figures[Number(chart.dataset.figure)];
          const { data, layout } = drawings[figure.kind](figure);
          Plotly.react(chart, data, layout, settings);
        }
      };
      const print = (isPrinting) => {
        document.documentElement.toggleAttribute("data-printing", isPrinting);
        for (const chart of charts) { Plotly.purge(chart); }
        draw();
      };
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
      addEventListener("beforeprint", () => print(true));
      addEventListener("afterprint", () => print(false));
      draw();
    })();

    """#
}
