// Shows what the server tells: the state of the last round, what was found, and the document in Swagger UI.

const state = document.getElementById("state");
const answers = document.getElementById("answers");
let ui;
let version;

const events = new EventSource("/events");
events.onmessage = (event) => show(JSON.parse(event.data));
events.onerror = () => {
  state.className = "failed";
  state.textContent = "openapi watch has ended; this is what it showed last";
};

function show(shown) {
  const failed = shown.failure !== null;
  state.className = shown.working ? "working" : failed ? "failed" : "";
  state.replaceChildren(shown.working ? "building …" : headline(shown));
  if (failed) state.append(element("pre", "", shown.failure.words));
  if (shown.document && shown.document !== version) load(shown.document);
  if (!shown.working || answers.childElementCount === 0) answers.replaceChildren(...shown.answers.map(answer));
}

function headline(shown) {
  const seconds = `${shown.seconds.toFixed(1)} s after the save`;
  if (!shown.failure) return `Generated ${seconds}`;
  return `${shown.failure.what}. Below is the last document that there was.`;
}

// Swagger UI keeps what is open and typed in when it loads the document again.
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
    // Otherwise the page asks a validator on the internet about the document.
    validatorUrl: "none",
    presets: [SwaggerUIBundle.presets.apis],
    responseInterceptor: tryItOutHere,
  });
}

// A browser lets the page talk to this origin only; what is tried out is passed on to the server of the document.
function tryItOutHere(response) {
  if (response.url.endsWith("/openapi.json") && response.ok) {
    const document = JSON.parse(response.text);
    const [server] = document.servers ?? [];
    document.servers = [{ url: window.location.origin, description: `passed on to ${server?.url}` }];
    response.text = JSON.stringify(document);
  }
  return response;
}

function answer({ command, report, words }) {
  const box = element("section", "answer");
  const title = element("h2", "", command);
  box.append(title);
  if (!report) {
    box.append(element("pre", "", words || "no answer"));
    return box;
  }
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0);
  title.append(element("small", "", counts.map(([level, count]) => `${count} ${level}`).join(", ") || "nothing found"));
  box.append(element("p", "quiet", report.subject), ...report.findings.map(finding));
  return box;
}

function finding(found) {
  const box = element("div", `finding ${found.level}`);
  const what = element("p", "");
  what.append(element("strong", "", found.level), ` ${found.message}`);
  box.append(what);
  const place = [found.operations[0], found.location].filter(Boolean).join(", ");
  if (place) box.append(element("p", "quiet", place));
  box.append(element("p", "quiet", `Affects ${found.affects.join(", ")}: ${found.reason}.`));
  box.append(element("p", "", `→ ${found.advice}`));
  return box;
}

// All words are set as text: a document's are nobody's markup.
function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
