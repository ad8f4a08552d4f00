/// The page for all links. Its script reads the path.
enum AccountPage {
  static let html = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>FastShop</title>
    <style>\(style)</style>
    </head>
    <body>
    <main>
    <h1 id="title"></h1>
    <form id="form">
    <label id="name" hidden>Your name <input name="name" autocomplete="name" maxlength="100"></label>
    <label id="password" hidden>Your password from now on
    <input name="password" type="password" autocomplete="new-password"></label>
    <button id="button"></button>
    </form>
    <p id="outcome" role="status"></p>
    </main>
    <script>\(script)</script>
    </body>
    </html>

    """

  static let style = """
    body { margin: 0; padding: 24px; background: #f3f4f6; color: #374151; font: 16px/1.5 system-ui, sans-serif }
    main { max-width: 420px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 8px }
    h1 { margin: 0 0 16px; font-size: 22px; color: #111827 }
    label { display: block; margin: 0 0 16px }
    input { display: block; width: 100%; box-sizing: border-box; padding: 8px; font: inherit }
    button { padding: 12px 20px; border: 0; border-radius: 6px; background: #0f766e; color: #fff; font: inherit }
    [hidden] { display: none }
    """

  static let script = """
    const identity = "/fastshop.identity.v1.";
    const pages = {
      "/verify-email": {
        title: "Confirm your e-mail address", button: "Confirm this address", fields: ["password"],
        method: identity + "AuthService/VerifyEmail", request: (form) => ({password: form.password.value}),
        done: "Your address is confirmed. You can sign in now.",
      },
      "/reset-password": {
        title: "Choose a new password", button: "Set the password", fields: ["password"],
        method: identity + "AuthService/ResetPassword", request: (form) => ({newPassword: form.password.value}),
        done: "Your password is set. You can sign in now.",
      },
      "/accept-invitation": {
        title: "Accept the invitation", button: "Accept", fields: ["name", "password"],
        method: identity + "InvitationService/AcceptInvitation",
        done: "You have accepted the invitation. You can sign in now.",
        request: (form) => ({displayName: form.name.value, password: form.password.value, requestId: id}),
      },
      "/back-in-stock": {
        title: "Shall we tell you when it is back?", button: "Tell me", fields: [],
        method: "/fastshop.inventory.v1.BackInStockService/ConfirmBackInStock", request: () => ({}),
        done: "We send you a mail when it is back.",
      },
    };
    const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte, index) =>
      (index === 6 ? byte & 15 | 64 : index === 8 ? byte & 63 | 128 : byte).toString(16).padStart(2, "0")).join("");
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const element = (name) => document.getElementById(name);
    const page = pages[location.pathname];
    const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
    element("title").textContent = page.title;
    element("button").textContent = page.button;
    for (const field of page.fields) element(field).hidden = false;
    element("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      element("button").disabled = true;
      const form = event.target.elements;
      try {
        const answer = await fetch(page.method, {
          method: "POST", headers: {"content-type": "application/json"},
          body: JSON.stringify({token, ...page.request({name: form.name, password: form.password})}),
        });
        element("form").hidden = answer.ok;
        element("outcome").textContent = answer.ok ? page.done : (await answer.json()).message;
      } catch (error) {
        element("outcome").textContent = "The shop cannot be reached. Try again.";
      }
      element("button").disabled = false;
    });
    """
}
