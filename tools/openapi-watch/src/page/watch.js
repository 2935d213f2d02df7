// Shows the state that the server sends: the present step, the findings, and the document in
// Swagger UI.

const header = document.getElementById("state");
const reports = document.getElementById("reports");
let ui;
let version;
let timer;

const events = new EventSource("/events");
events.onmessage = (event) => show(JSON.parse(event.data));
events.onerror = () => {
  clearInterval(timer);
  header.className = "failed";
  header.textContent = "openapi watch has ended; this page shows its last results";
};

function show(state) {
  clearInterval(timer);
  if (state.activity) showActivity(state);
  else showResult(state);
  if (state.document && state.document !== version) load(state.document);
  reports.replaceChildren(...state.reports.map(reportBox));
}

// The seconds are counted on between two events.
function showActivity({ activity, document, failure }) {
  const start = performance.now() - activity.seconds * 1000;
  const seconds = element("span", "");
  const tick = () => {
    seconds.textContent = `Building: ${((performance.now() - start) / 1000).toFixed(1)} s`;
  };
  tick();
  timer = setInterval(tick, 100);
  header.className = "active";
  header.replaceChildren(seconds, element("span", "step", activity.step));
  const last = failure ? `the last build failed: ${failure.summary}` : "the last result is below";
  if (document || failure) header.append(element("span", "step", `(${last})`));
}

function showResult({ seconds, failure }) {
  header.className = failure ? "failed" : "";
  if (failure) {
    const note = `${failure.summary}. Below is the last document that was generated.`;
    header.replaceChildren(note, element("pre", "", failure.output));
  } else {
    header.replaceChildren(`Generated ${seconds.toFixed(1)} s after the save`);
  }
}

// Swagger UI keeps open sections and typed values when it loads the document again.
function load(document) {
  version = document;
  if (ui) {
    ui.specActions.download("/openapi.json");
    return;
  }
  ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayOperationId: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    // Without this, the page sends the document's URL to a validator on the internet.
    validatorUrl: "none",
    presets: [SwaggerUIBundle.presets.apis],
    responseInterceptor: useThisOrigin,
  });
}

// A browser lets the page send requests to its own origin only, which forwards them to the server
// that the document names.
function useThisOrigin(response) {
  if (response.url.endsWith("/openapi.json") && response.ok) {
    const document = JSON.parse(response.text);
    const [server] = document.servers ?? [];
    const description = `forwarded to ${server?.url}`;
    document.servers = [{ url: window.location.origin, description }];
    response.text = JSON.stringify(document);
  }
  return response;
}

function reportBox({ command, report, output }) {
  const box = element("section", "report");
  const title = element("h2", "", command);
  box.append(title);
  if (!report) {
    box.append(element("pre", "", output || "no report"));
    return box;
  }
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0);
  const summary = counts.map(([level, count]) => `${count} ${level}`).join(", ");
  title.append(element("small", "", summary || "no findings"));
  box.append(element("p", "quiet", report.subject), ...report.findings.map(findingBox));
  return box;
}

function findingBox({ level, message, operations, location, affects, reason, advice }) {
  const box = element("div", `finding ${level}`);
  const what = element("p", "");
  what.append(element("strong", "", level), ` ${message}`);
  box.append(what);
  const where = [operations[0], location].filter(Boolean).join(", ");
  if (where) box.append(element("p", "quiet", where));
  box.append(element("p", "quiet", `For ${affects.join(", ")}: ${reason}.`));
  box.append(element("p", "", `→ ${advice}`));
  return box;
}

// Everything is set as text: a document must not inject markup.
function element(name, className, text = "") {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}
