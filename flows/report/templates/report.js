for (const search of document.querySelectorAll(".search")) {
  const charts = [...search.parentElement.querySelectorAll(".small li")];
  const input = search.querySelector("input");
  const found = search.querySelector("output");
  search.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let count = 0;
    for (const chart of charts) {
      const fits = chart.querySelector("b").textContent.toLowerCase().includes(wanted);
      chart.hidden = !fits;
      count += fits;
    }
    found.textContent = wanted ? `${count} of ${charts.length}` : "";
  });
}
