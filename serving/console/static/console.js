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
    // who was signed out meanwhile is led to a whole page
    return answer.ok && !answer.redirected ? answer.text() : Promise.reject(answer.status);
  }).then(function (html) {
    place.innerHTML = html;
    place.removeAttribute("aria-busy");
  }).catch(function () {
    place.removeAttribute("aria-busy");
  });
});

// what is going on elsewhere: read again every two seconds until it is done, and with it the parts
// that name it in data-with; then the page is loaded anew, unless data-refresh says "here"
function renew(place, anew) {
  const found = anew.getElementById(place.id);
  // a part that is the same stays, so that nobody loses their place in it
  if (found && found.innerHTML !== place.innerHTML) place.replaceChildren(...found.childNodes);
  return found;
}
document.querySelectorAll("[data-refresh]").forEach(function (place) {
  const parts = document.querySelectorAll('[data-with="' + place.id + '"]');
  let asking = false;
  const timer = window.setInterval(function () {
    if (asking || document.hidden) return;
    asking = true;
    fetch(window.location.href, { credentials: "same-origin" }).then(function (answer) {
      return answer.ok ? answer.text() : Promise.reject(answer.status);
    }).then(function (html) {
      const anew = new DOMParser().parseFromString(html, "text/html");
      const found = renew(place, anew);
      parts.forEach(function (part) { renew(part, anew); });
      if (found && found.hasAttribute("data-refresh")) return;
      window.clearInterval(timer);
      if (place.dataset.refresh !== "here") window.location.reload();
    }).catch(function () {}).finally(function () { asking = false; });
  }, 2000);
});

// what goes on: read again every so many seconds while somebody looks, until it is elsewhere
document.querySelectorAll("[data-follow]").forEach(function (place) {
  const from = place.dataset.from;
  const button = document.querySelector('[data-pause="' + place.id + '"]');
  const words = document.querySelector('[data-while="' + place.id + '"]');
  let shown = place.innerHTML, asking = false, paused = false;
  function reachable() { return Array.from(place.querySelectorAll("a, button, summary, [tabindex]")); }
  function replace(found) {
    const open = Array.from(place.querySelectorAll("details"), function (one) { return one.open; });
    const focused = reachable().indexOf(document.activeElement);
    place.replaceChildren(...found.childNodes);
    place.querySelectorAll("details").forEach(function (one, at) { one.open = Boolean(open[at]); });
    if (focused >= 0 && reachable()[focused]) reachable()[focused].focus({ preventScroll: true });
  }
  function read() {
    if (asking || paused || document.hidden) return;
    asking = true;
    fetch(from, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) { window.location.assign(from); return null; }
      return answer.ok ? answer.text() : null;
    }).then(function (html) {
      const anew = html && new DOMParser().parseFromString(html, "text/html").getElementById(place.id);
      if (!anew || anew.innerHTML === shown) return;
      shown = anew.innerHTML;
      replace(anew);
    }).catch(function () {}).finally(function () { asking = false; });
  }
  window.setInterval(read, 1000 * Number(place.dataset.follow));
  document.addEventListener("visibilitychange", read);
  if (words) words.hidden = false;
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", function () {
    const other = button.dataset.other;
    paused = !paused;
    if (words) words.hidden = paused;
    button.dataset.other = button.textContent;
    button.textContent = other;
    read();
  });
});

// who reads in the other language from now on finds in the forms what stood in them; for a minute,
// in this tab alone, and never a key
(function () {
  const NAME = "kept-forms", SECONDS = 60;
  function fields() {
    const forms = document.querySelectorAll('main form[method="post"]');
    return Array.from(forms).flatMap(function (form) { return Array.from(form.elements); })
      .filter(function (one) {
        return one.name && one.id !== "key" && !/^(hidden|submit|button|password|file)$/.test(one.type);
      });
  }
  function ticks(one) { return one.type === "checkbox" || one.type === "radio"; }
  document.querySelectorAll(".own nav a").forEach(function (link) {
    link.addEventListener("click", function (event) {
      // what opens elsewhere leaves this page as it is
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const values = fields().map(function (one) { return ticks(one) ? one.checked : one.value; });
      const kept = { path: window.location.pathname, at: Date.now(), values: values };
      try { window.sessionStorage.setItem(NAME, JSON.stringify(kept)); } catch (error) { /* full */ }
    });
  });
  let kept = null;
  try {
    kept = JSON.parse(window.sessionStorage.getItem(NAME));
    window.sessionStorage.removeItem(NAME);
  } catch (error) { /* not allowed */ }
  const found = fields();
  if (!new URLSearchParams(window.location.search).has("lang")) return;
  if (!kept || kept.path !== window.location.pathname || Date.now() - kept.at > 1000 * SECONDS) return;
  if (kept.values.length !== found.length) return;
  found.forEach(function (one, at) {
    if (ticks(one)) one.checked = kept.values[at]; else one.value = kept.values[at];
  });
})();

// a form is sent once
document.addEventListener("submit", function (event) {
  const form = event.target;
  // what saves a file leaves the page as it is
  if (form.method === "get" || "again" in form.dataset) return;
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
