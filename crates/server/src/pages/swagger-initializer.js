// Takes the place of Swagger UI's own initializer.
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayOperationId: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    // Otherwise the page asks a validator on the internet about the document.
    validatorUrl: "none",
    presets: [SwaggerUIBundle.presets.apis],
    responseInterceptor: tryItOutHere,
  });
};

// The document has the default address of the demo. "Try it out" must send its requests to the
// server of this page, whatever its address: a browser permits no other.
function tryItOutHere(response) {
  if (response.url.endsWith("/openapi.json") && response.ok) {
    const document = JSON.parse(response.text);
    document.servers = [{ url: window.location.origin, description: "This server" }];
    response.text = JSON.stringify(document);
  }
  return response;
}
