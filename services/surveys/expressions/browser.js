// The expressions of a survey in a browser: the same tree, the same values as services/surveys/expressions/values.py.
// Written for old telephones (ECMAScript 5), without dependencies; browser.py takes comments and space out of it.
(function () {
  var LARGEST = 9007199254740991;

  function empty(v) {
    if (v == null || v === "") return true;
    if (!object(v)) return false;
    for (var k in v) if (!empty(v[k])) return false;
    return true;
  }
  var list = Array.isArray;
  function object(v) { return v && typeof v == "object"; }
  // Small letters of A to Z only: beyond them engines and languages differ.
  function text(v) { return typeof v == "string"; }
  function fold(s) { return s.replace(/[A-Z]/g, function (c) { return c.toLowerCase(); }); }
  function key(v) { return text(v) ? fold(v.replace(/^\s+|\s+$/g, "")) : v; }
  function equal(a, b) {
    if (empty(a)) a = null;
    if (empty(b)) b = null;
    if (list(a) && list(b)) return JSON.stringify(a.map(key).sort()) == JSON.stringify(b.map(key).sort());
    return key(a) === key(b);
  }
  function less(a, b) { return a != null && a !== "" && b !== "" && typeof a == typeof b && a < b; }

  // Numbers: decimals as they are written, nothing beyond what a double keeps.
  function numeric(v) { return typeof v == "number"; }
  function number(v) { return numeric(v) ? v : 0; }
  function safe(x) { return x >= -LARGEST && x <= LARGEST ? x : null; }
  function decimals(x) {
    var p = String(x).split("e");
    return (p[0].split(".")[1] || "").length - (p[1] || 0);
  }
  function fixed(x, n) { return safe(n > 20 ? x : +x.toFixed(n)); }
  function plus(a, b) { return fixed(a + b, Math.max(decimals(a), decimals(b))); }
  function shift(x, n) {
    var p = String(x).split("e");
    return +(p[0] + "e" + (+(p[1] || 0) + n));
  }
  function rounded(v, n) {
    if (!numeric(v)) return null;
    var x = shift(Math.abs(v), n), whole = Math.floor(x);
    return safe(shift(x - whole >= .5 ? whole + 1 : whole, -n) * (v < 0 ? -1 : 1));
  }

  // Civil days: no clock, no time zone, no daylight saving.
  function iso(time) { return new Date(time).toISOString().slice(0, 10); }
  function civil(v) {
    var p = /^(?!00)(\d{4})-(\d\d)-(\d\d)/.exec(v), time = p && Date.UTC(p[1], p[2] - 1, p[3]);
    return p && iso(time) == p[0] ? { m: p[1] * 12 + +p[2], d: p[3], t: time } : 0;
  }
  function between(a, b, unit) {
    a = civil(a);
    b = civil(b);
    if (!a || !b) return null;
    if (unit == "days") return Math.abs(b.t - a.t) / 864e5;
    var months = b.m - a.m - (b.d < a.d);
    return unit == "months" ? months : (months - months % 12) / 12;
  }

  function leaves(v, into) {
    if (object(v)) for (var k in v) leaves(v[k], into);
    else if (!empty(v)) into.push(v);
    return into;
  }
  function total(found) { return found.reduce(function (a, b) { return a === null ? a : plus(a, number(b)); }, 0); }
  function extreme(found, sign) {
    return found.reduce(function (a, b) { return !numeric(b) || a != null && (b - a) * sign <= 0 ? a : b; }, null);
  }
  function chosen(v) { return empty(v) ? [] : (list(v) ? v : [v]).map(key); }

  // The value of a tree: `seen` what was answered, `day` the school's day.
  function value(n, seen, day) {
    if (!list(n)) return n;
    var op = n[0], rest = n.slice(1), a = seen, b, x, y, i;
    function of(each) { return value(each, seen, day); }
    switch (op) {
      case "v":
        rest.forEach(function (part) { a = object(a) && a.hasOwnProperty(part) ? a[part] : null; });
        return a;
      case "l": return rest;
      case "and": return !!(of(rest[0]) && of(rest[1]));
      case "or": return !!(of(rest[0]) || of(rest[1]));
      case "iif": return of(rest[of(rest[0]) ? 1 : 2]);
      case "today": return iso(civil(day).t + (n[1] || 0) * 864e5);
    }
    rest = rest.map(of);
    a = rest[0];
    b = rest[1];
    x = number(a);
    y = number(b);
    switch (op) {
      case "not": return !a;
      case "empty": return empty(a);
      case "notempty": return !empty(a);
      case "neg": return plus(0, -x);
      case "=": return equal(a, b);
      case "<>": return !equal(a, b);
      case "<": return less(a, b);
      case ">": return less(b, a);
      case "<=": return equal(a, b) || less(a, b);
      case ">=": return equal(a, b) || less(b, a);
      case "+": return plus(x, y);
      case "-": return plus(x, -y);
      case "*": return fixed(x * y, decimals(x) + decimals(y));
      case "/": return y ? safe(x / y) : null;
      case "%": return y ? x % y : null;
      case "round": return rounded(a, y);
      case "age": return between(a, day);
      case "dateDiff": return between(a, b, n[3] || "days");
      case "substring": return (text(a) && a.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\s\S]/g) || []).slice(y, n[3]).join("") || null;
    }
    // A part of a text: what is looked for is not trimmed.
    var not = /^no/.test(op), had = chosen(a), all = leaves(rest, []);
    if (text(a) && /con/.test(op)) return (fold(a).indexOf(fold(b)) >= 0) != not;
    x = total(all);
    i = all.length;
    switch (op) {
      case "count": return i;
      case "min": return extreme(all, -1);
      case "max": return extreme(all, 1);
      case "sum": return x;
      case "avg": return i ? safe(number(x) / i) : 0;
    }
    return chosen(b)[/yof|eof/.test(op) ? "some" : "every"](function (w) { return had.indexOf(w) >= 0; }) != not;
  }

  // Which questions apply (true, or for which children) and which answers do not do. Uses the rules (browser.py's) up: what is
  // seen is added to them.
  function look(rules, said, declined) {
    var seen = rules.a, panels = rules.p, kids = rules.k, open = {}, wrong = {};
    function holds(tree, child) {
      seen.panel = panels[child] || {};
      return value(tree, seen, rules.t);
    }
    rules.s.forEach(function (s) {
      var id = s[0], all = [], there;
      if (s[1] == "=") {
        seen[id] = holds(s[2]);
        return;
      }
      there = (s[5] && kids[0] ? kids : [0]).filter(function (child) { return s[2] == null || holds(s[2], child); });
      if (!there.length) return;
      open[id] = !s[5] || (there[0] ? there : []);
      there.forEach(function (child) {
        var v = said[id];
        if (child) v = panels[child][id] = (v || {})[child];
        if (list(v)) all = all.concat(v);
        else if (!empty(v)) all.push(v);
      });
      seen[id] = s[5] ? all : said[id];
    });
    rules.s.forEach(function (s) {
      var id = s[0];
      if (open[id] && !declined[id]) (s[5] ? open[id] : [0]).forEach(function (child) {
        var none = empty(child ? panels[child][id] : seen[id]);
        if (!wrong[id] && !declined[id + "@" + child] && s[none ? 3 : 4] != null && none == !!holds(s[none ? 3 : 4], child)) {
          wrong[id] = none ? "required" : "constraint";
        }
      });
    });
    return { shown: open, faults: wrong };
  }

  // Fields have the names of services/surveys/web/form.py: `q`, `q.text`, `q.time`, `q:row`, `q@child`, `q.same`, `q.declined`.
  function typed(s) {
    s = (s || "").replace(/[٠-٩۰-۹૦-૯]/g, function (c) {
      c = c.charCodeAt(0);
      return (c > 2789 ? c - 2790 : c) & 15;
    }).trim().replace(/[٫,]/, ".");
    return /^[-+]?\d+(\.\d+)?$/.test(s) ? +s : null;
  }
  function page(form) {
    function fields(called, start) {
      return [].filter.call(form.elements, function (f) {
        return (start ? !f.name.indexOf(called) : f.name == called) && f.value && (f.checked || !/radio|checkbox/.test(f.type));
      });
    }
    function all(called) { return fields(called).map(function (f) { return f.value; }); }
    function answer(s, called) {
      var kind = s[1], several = all(called + (kind[1] ? kind : "")), one = several[0], grid = {}, parts = fields(called + ":", 1);
      function row(f) { return f.name.slice(called.length + 1); }
      if (kind == "c") return s[6] ? s[6][one] : one;
      if (kind == "m") return several;
      if (kind == "b") return one && one == "yes";
      if (kind == "n") return typed(one);
      if (kind[1]) return one && one.trim();
      if (kind == "r") return parts.sort(function (a, b) { return a.value - b.value; }).map(row);
      parts.forEach(function (f) {
        if (kind == "g") grid[row(f)] = f.value;
        else (grid[row(f)] = grid[row(f)] || []).push(f.value);
      });
      return grid;
    }
    (form.onchange = form.oninput = function () {
      var rules = JSON.parse(form.getAttribute("data-rules")), kids = rules.k, said = {}, declined = {}, now;
      rules.s.forEach(function (s) {
        var id = s[0];
        declined[id] = all(id + ".declined")[0];
        if (s[1] == "=" || declined[id]) return;
        said[id] = s[5] && kids[0] ? {} : answer(s, id);
        if (s[5]) kids.forEach(function (child) { said[id][child] = answer(s, id + "@" + (all(id + ".same")[0] ? kids[0] : child)); });
      });
      now = look(rules, said, declined);
      rules.s.forEach(function (s) {
        var id = s[0], there = now.shown[id];
        function mark(end, on) {
          var box = document.getElementById("q-" + id + end);
          if (box) {
            box.hidden = box.disabled = !on;
            box.setAttribute("data-fault", now.faults[id] || "");
          }
        }
        mark("", there);
        if (s[5]) kids.forEach(function (child) { mark("-" + child, there && there.indexOf(child) >= 0); });
      });
    })();
  }

  if (typeof module == "object") module.exports = { value: value, look: look };
  else [].forEach.call(document.querySelectorAll("form[data-rules]"), page);
})();
