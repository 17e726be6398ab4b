"use strict";
// Draws the charts. Everything that they show is in the tables, too.
(() => {
  const data = JSON.parse(document.getElementById("charts").textContent);
  const root = document.documentElement;
  const which = document.getElementById("which");
  const phone = 700; // Pixels below which a chart is narrow.
  const number = (value) => (value === null ? "unknown" : value.toLocaleString("en-US"));
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const shorten = (text, most) => (text.length <= most ? text : `${text.slice(0, most - 8)}…${text.slice(-7)}`);

  const common = (label) => ({
    animation: false,
    aria: { enabled: true, label: { description: `${label}. The table below has the same numbers.` } },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink") },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("raised"),
      borderColor: colour("line"),
      textStyle: { color: colour("ink"), fontSize: 12 },
    },
  });
  const axis = () => ({
    axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("soft") },
    splitLine: { lineStyle: { color: colour("line") } },
    nameTextStyle: { color: colour("soft") },
  });
  const names = (list, width) => ({
    ...axis(),
    type: "category",
    data: list,
    inverse: true,
    axisTick: { show: false },
    axisLabel: { color: colour("ink"), fontSize: 11, interval: 0, formatter: (name) => shorten(name, width < phone ? 21 : 30) },
  });
  const left = (width) => (width < phone ? 132 : 190);

  // --- rows ---------------------------------------------------------------------------------------------------------

  function rows(label, width) {
    const most = (one, other) => other[1] - one[1];
    const shown = data.rows.filter(([, count]) => count > 0).sort(most).slice(0, data.most_bars);
    if (!shown.length) return null;
    const option = {
      ...common(label),
      grid: { left: left(width), right: 70, top: 4, bottom: 24 },
      xAxis: { ...axis(), type: "value", minInterval: 1, splitNumber: width < phone ? 2 : 5 },
      yAxis: names(shown.map(([name]) => name), width),
      series: [{
        type: "bar",
        data: shown.map(([, count]) => count),
        barMaxWidth: 16,
        itemStyle: { color: colour("bar") },
        label: { show: true, position: "right", color: colour("ink"), formatter: ({ value }) => number(value) },
      }],
    };
    option.tooltip.formatter = ({ name, value }) => `${name}: ${number(value)} rows`;
    return { option, height: shown.length * 22 + 32 };
  }

  // --- days ---------------------------------------------------------------------------------------------------------

  // Beside the states of the spans, days without rows are paler: [state, colour, sign in the cell].
  const kinds = [
    ["✓ as promised", "days-complete", ""],
    [data.states.moved, "days-moved", "≠"],
    [data.states.unknown, "days-unknown", "?"],
    [data.states.differs, "days-differs", "✗"],
    [data.states.unread, "days-unread", "○"],
    ["✓ as promised, no rows", "days-empty", ""],
  ];
  const pale = 5;
  const day = 86400000;
  const text = (time) => new Date(time).toISOString().slice(0, 10);

  // Returns, for each day, its worst kind and what the tooltip says.
  function worst(axes) {
    const found = new Map();
    for (const one of axes) {
      for (const [first, last, state, promised, written, windows] of one.spans) {
        const kind = state === 0 && !written ? pale : state;
        const rank = kind === pale ? -1 : kind;
        for (let time = Date.parse(first); time <= Date.parse(last); time += day) {
          const date = text(time);
          const known = found.get(date) || { rank: -2, kind, said: [], good: 0 };
          if (rank > known.rank) Object.assign(known, { rank, kind });
          if (axes.length === 1 || state) known.said.push({ one, first, last, state, promised, written, windows });
          else known.good += 1;
          found.set(date, known);
        }
      }
    }
    return found;
  }

  function told(date, { said, good }, single) {
    const lines = said.slice(0, 8).map(({ one, first, last, state, promised, written, windows }) => {
      const many = `${number(windows)} window${windows === 1 ? "" : "s"}`;
      const span = `${windows ? `${many}, ` : ""}${first === last ? "this day" : `${first} to ${last}`}`;
      const counts = windows ? `: ${number(written)} written, ${number(promised)} promised` : "";
      const what = single ? "" : `${one.stream} by ${one.by}: `;
      return `${what}${Object.values(data.states)[state]}\n   ${span}${one.parents ? ", rows that lead to it" : ""}${counts}`;
    });
    if (said.length > 8) lines.push(`and ${said.length - 8} more`);
    if (good) lines.push(`${good} as promised`);
    return [date, ...lines].join("\n");
  }

  function days(label, width) {
    const axes = which && which.value ? [data.days[Number(which.value)]] : data.days;
    const found = worst(axes);
    if (!found.size) return null;
    const dates = [...found.keys()].sort();
    const chunks = parts(dates[0], dates[dates.length - 1], width < phone ? 6 : 12);
    const weeks = Math.max(...chunks.map(([first, last]) => (Date.parse(last) - Date.parse(first)) / day / 7 + 2));
    const cell = Math.max(8, Math.min(20, Math.floor((width - 40) / weeks)));
    const tall = 7 * cell + 44;
    const option = {
      ...common(label),
      visualMap: {
        type: "piecewise",
        top: 0,
        left: 0,
        orient: width < phone ? "vertical" : "horizontal",
        selectedMode: false,
        itemGap: width < phone ? 4 : 14,
        textStyle: { color: colour("ink"), fontSize: 12 },
        pieces: kinds
          .map(([words, name], value) => ({ value, label: words, color: colour(name) }))
          .filter(({ value }) => [...found.values()].some(({ kind }) => kind === value)),
      },
      calendar: [],
      series: [],
    };
    const top = (width < phone ? 20 * option.visualMap.pieces.length : 24) + 34;
    chunks.forEach(([first, last], index) => {
      option.calendar.push({
        range: [first, last],
        top: top + index * tall,
        left: 36,
        cellSize: cell,
        itemStyle: { color: colour("page"), borderColor: colour("line"), borderWidth: 0.5 },
        splitLine: { lineStyle: { color: colour("soft"), width: 1 } },
        dayLabel: { firstDay: 1, color: colour("soft"), fontSize: 10, nameMap: ["", "Mon", "", "Wed", "", "Fri", ""] },
        monthLabel: {
          color: colour("soft"),
          fontSize: 11,
          formatter: ({ nameMap, yyyy, M }) => (Number(M) === 1 || first.startsWith(`${yyyy}-${String(M).padStart(2, "0")}`) ? `${nameMap} ${yyyy}` : nameMap),
        },
        yearLabel: { show: false },
      });
      option.series.push({
        type: "heatmap",
        coordinateSystem: "calendar",
        calendarIndex: index,
        data: dates.filter((date) => first <= date && date <= last).map((date) => [date, found.get(date).kind]),
        itemStyle: { borderColor: colour("page"), borderWidth: 1 },
        label: {
          show: cell >= 9,
          color: colour("ink"),
          fontSize: Math.max(8, cell - 6),
          formatter: ({ value }) => kinds[value[1]][2],
        },
      });
    });
    option.tooltip.formatter = ({ value }) => told(value[0], found.get(value[0]), axes.length === 1);
    return { option, height: top + chunks.length * tall };
  }

  // Cuts the range into calendars of so many months; of many months, the last ones.
  function parts(first, last, months) {
    const month = (date) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
    const start = (count) => Date.UTC(Math.floor(count / 12), count % 12, 1);
    const found = [];
    for (let end = month(last) + 1; end > month(first) && found.length * months < data.calendar_months; end -= months) {
      found.unshift([text(start(Math.max(end - months, month(first)))), text(start(end) - day)]);
    }
    return found;
  }

  // --- timeline -----------------------------------------------------------------------------------------------------

  const signs = ["requests under way", "answers wait for their turn", "its turn: rows are written", "failed, tried again"];

  function timeline(label, width) {
    const lanes = data.timeline ? data.timeline.lanes : [];
    if (!lanes.length) return null;
    const line = lanes.map(({ stream }) => stream);
    const place = new Map(line.map((name, index) => [name, index]));
    const waiting = lanes.flatMap(({ answered, turn }, index) => {
      const until = turn ? turn[0] : data.timeline.seconds;
      return answered !== null && answered < until ? [[index, answered, until, 0]] : [];
    });
    const draw = (upper, height, style) => (params, api) => {
      const [from, y] = api.coord([api.value(1), api.value(0)]);
      const [to] = api.coord([api.value(2), api.value(0)]);
      const lane = api.size([0, 1])[1];
      const shape = { x: from, y: y + lane * upper, width: Math.max(to - from, 2), height: lane * height };
      const { x, y: atY, width: wide, height: high } = params.coordSys;
      const clipped = echarts.graphic.clipRectByRect(shape, { x, y: atY, width: wide, height: high });
      return clipped && { type: "rect", shape: clipped, style };
    };
    const series = (name, bars, upper, height, style) => ({
      type: "custom",
      name,
      data: bars,
      itemStyle: { color: style.fill },
      encode: { x: [1, 2], y: 0 },
      renderItem: draw(upper, height, style),
    });
    const retries = data.timeline.retry_times.map(([at, stream, reason]) => [at, place.get(stream), reason]);
    const legend = 16 + 22 * lines(signs, width);
    const option = {
      ...common(label),
      legend: { top: 0, left: 0, textStyle: { color: colour("ink") }, itemWidth: 18, itemHeight: 10, selectedMode: false },
      grid: { left: left(width), right: 20, top: legend, bottom: 40 },
      xAxis: {
        ...axis(),
        type: "value",
        min: 0,
        max: Math.max(data.timeline.seconds, 0.01),
        name: "seconds of the run",
        nameLocation: "middle",
        nameGap: 26,
        axisLabel: { color: colour("soft"), showMaxLabel: false },
      },
      yAxis: { ...names(line, width), splitLine: { show: true, lineStyle: { color: colour("line"), opacity: 0.5 } } },
      series: [
        series(signs[0], lanes.flatMap(({ bars }, index) => bars.map((bar) => [index, ...bar])), -0.4, 0.36, { fill: colour("bar") }),
        series(signs[1], waiting, 0.1, 0.12, { fill: colour("wait") }),
        series(signs[2], lanes.flatMap(({ turn }, index) => (turn ? [[index, ...turn, 0]] : [])), 0, 0.32, { fill: colour("turn") }),
      ],
    };
    if (retries.length) {
      option.series.push({
        type: "scatter",
        name: signs[3],
        data: retries,
        encode: { x: 0, y: 1 },
        symbol: "triangle",
        symbolSize: 9,
        itemStyle: { color: colour("bad"), borderColor: colour("page"), borderWidth: 1 },
      });
    }
    const seconds = (value) => `${value.toFixed(2)} s`;
    option.tooltip.formatter = ({ seriesIndex, seriesName, value }) => {
      if (seriesIndex === 3) return `${line[value[1]]} at ${seconds(value[0])}\n${value[2]}; tried again`;
      const requests = seriesIndex === 0 ? `\n${number(value[3])} request${value[3] === 1 ? "" : "s"}` : "";
      return `${line[value[0]]}\n${seriesName}: ${seconds(value[1])} to ${seconds(value[2])}${requests}`;
    };
    return { option, height: lanes.length * 24 + legend + 40 };
  }

  // Returns about how many lines the names of a legend take.
  function lines(list, width) {
    let count = 1;
    let used = 0;
    for (const name of list) {
      const wide = 45 + 6.5 * name.length;
      if (used && used + wide > width) {
        count += 1;
        used = 0;
      }
      used += wide;
    }
    return count;
  }

  // --- retries ------------------------------------------------------------------------------------------------------

  function retries(label, width) {
    const times = data.timeline ? data.timeline.retry_times : [];
    if (!times.length) return null;
    const count = width < phone ? 20 : 40;
    const step = Math.max(data.timeline.seconds, 0.01) / count;
    const reasons = [...new Set(times.map(([, , reason]) => reason))].sort();
    const palette = ["bar", "wait", "bad", "turn", "soft", "open"];
    const bars = new Map(reasons.map((reason) => [reason, new Array(count).fill(0)]));
    for (const [at, , reason] of times) bars.get(reason)[Math.min(count - 1, Math.floor(at / step))] += 1;
    const shown = reasons.map((reason) => shorten(reason, width < phone ? 40 : 60));
    const legend = 16 + 22 * lines(shown, width);
    const option = {
      ...common(label),
      legend: { top: 0, left: 0, textStyle: { color: colour("ink") }, selectedMode: false },
      grid: { left: 40, right: 12, top: legend, bottom: 40 },
      xAxis: {
        ...axis(),
        type: "category",
        data: Array.from({ length: count }, (_, index) => (index * step).toFixed(step < 1 ? 1 : 0)),
        name: "seconds of the run",
        nameLocation: "middle",
        nameGap: 26,
      },
      yAxis: { ...axis(), type: "value", minInterval: 1 },
      series: reasons.map((reason, index) => ({
        type: "bar",
        name: shown[index],
        stack: "all",
        data: bars.get(reason),
        itemStyle: { color: colour(palette[index % palette.length]) },
      })),
    };
    option.aria.decal = { show: reasons.length > 1 };
    option.tooltip.formatter = ({ seriesName, value, name }) => `${number(value)} × ${seriesName}\nfrom ${name} s`;
    return { option, height: 190 + legend };
  }

  // --- all of them --------------------------------------------------------------------------------------------------

  const makers = { rows, days, timeline, retries };
  const drawn = new Map();

  function draw(figure, forced) {
    const width = forced || figure.parentElement.clientWidth;
    const made = makers[figure.dataset.chart](figure.dataset.label, width);
    if (drawn.has(figure)) drawn.get(figure).dispose();
    drawn.delete(figure);
    if (!made) return;
    figure.style.height = `${made.height}px`;
    const chart = echarts.init(figure, null, { renderer: "svg", width, height: made.height });
    chart.setOption(made.option);
    drawn.set(figure, chart);
  }
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const drawAll = (width) => figures.forEach((figure) => draw(figure, width));

  if (which) {
    data.days.forEach(({ stream, by }, index) => which.add(new Option(`${stream} by ${by}`, String(index))));
    which.parentElement.hidden = false;
    which.addEventListener("change", () => draw(document.querySelector("figure[data-chart=days]")));
  }
  drawAll();

  let width = root.clientWidth;
  let waiting = 0;
  addEventListener("resize", () => {
    if (root.clientWidth === width || root.dataset.print) return;
    width = root.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());

  // On paper all sections are open, and the charts are as wide as a page and on white.
  let closed = [];
  function print() {
    if (root.dataset.print) return;
    root.dataset.print = "yes";
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((details) => { details.open = true; });
    drawAll(680);
  }
  function back() {
    delete root.dataset.print;
    closed.forEach((details) => { details.open = false; });
    drawAll();
  }
  addEventListener("beforeprint", print);
  addEventListener("afterprint", back);
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? print() : back()));
})();
