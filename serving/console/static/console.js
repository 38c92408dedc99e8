// What pages do beside being read; each of them works without it.
"use strict";

// pointing at a mark of a chart tells the figures of its row
(function () {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  function rowOf(target) {
    const figure = target.closest && target.closest("[data-chart]");
    const mark = figure && target.closest('[id*="-row-"]');
    if (!mark) return null;
    const number = mark.id.slice(mark.id.lastIndexOf("-row-") + 5);
    return figure.querySelector('tr[data-row="' + number + '"]');
  }
  document.addEventListener("pointerover", function (event) {
    const row = rowOf(event.target);
    tip.hidden = !row;
    if (!row) return;
    const heads = row.closest("table").querySelectorAll("thead th");
    tip.textContent = Array.from(row.children, function (cell, at) {
      return at ? heads[at].textContent + " " + cell.textContent : cell.textContent;
    }).join("\n");
  });
  document.addEventListener("pointermove", function (event) {
    if (tip.hidden) return;
    tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8) + "px";
  });
})();

// a part that takes longer to compute comes once the page is there: data-load names its address
document.querySelectorAll("[data-load]").forEach(function (place) {
  fetch(place.dataset.load, { credentials: "same-origin" }).then(function (answer) {
    return answer.ok ? answer.text() : Promise.reject(answer.status);
  }).then(function (html) {
    place.innerHTML = html;
    place.removeAttribute("aria-busy");
  }).catch(function () {
    place.removeAttribute("aria-busy");
  });
});

// what is going on elsewhere: read again every two seconds until it is done
document.querySelectorAll("[data-refresh]").forEach(function (place) {
  const timer = window.setInterval(function () {
    fetch(window.location.href, { credentials: "same-origin" }).then(function (answer) {
      return answer.text();
    }).then(function (html) {
      const anew = new DOMParser().parseFromString(html, "text/html");
      const found = anew.getElementById(place.id);
      if (found) place.replaceChildren(...found.childNodes);
      if (!found || !found.hasAttribute("data-refresh")) {
        window.clearInterval(timer);
        window.location.reload();
      }
    }).catch(function () {});
  }, 2000);
});

// a form is sent once
document.addEventListener("submit", function (event) {
  const form = event.target;
  if (form.method === "get") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", function () {
  document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
});

// a form marked data-instant shows its answer as it is changed: only that part of the page changes
document.querySelectorAll("form[data-instant]").forEach(function (form) {
  const place = document.getElementById(form.dataset.instant);
  let timer = 0, asking = null;
  function address() {
    return form.getAttribute("action") + "?" + new URLSearchParams(new FormData(form));
  }
  function ask() {
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    place.setAttribute("aria-busy", "true");
    fetch(address(), { credentials: "same-origin", signal: mine.signal }).then(function (answer) {
      return answer.text().then(function (html) {
        const anew = new DOMParser().parseFromString(html, "text/html");
        const found = anew.getElementById(place.id);
        if (!found) { form.submit(); return; }
        place.replaceChildren(...found.childNodes);
        place.removeAttribute("aria-busy");
        // the other language is to show the same
        const links = document.querySelectorAll(".own nav a");
        anew.querySelectorAll(".own nav a").forEach(function (link, at) { links[at].href = link.getAttribute("href"); });
        history.replaceState(null, "", answer.url);
      });
    }).catch(function (error) {
      if (error.name !== "AbortError") place.removeAttribute("aria-busy");
    });
  }
  form.addEventListener("change", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 400);
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    window.clearTimeout(timer);
    ask();
  });
});
