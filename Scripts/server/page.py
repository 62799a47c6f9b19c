"""The page as Chromium shows it: wide, narrow and dark, with a photo dropped on it."""

import base64
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

VIEWS = {"wide": (1280, 900, False), "narrow": (390, 844, False), "dark": (1280, 900, True)}
DROP = """
const [text, name, done] = arguments;
const bytes = Uint8Array.from(atob(text), sign => sign.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], name, { type: "image/jpeg" }));
const wait = () => document.querySelectorAll("#classes label").length ? drop() : setTimeout(wait, 50);
const drop = () => {
  document.getElementById("stage").dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: data }));
  const look = () => {
    const problem = document.getElementById("problem").textContent;
    if (!problem && !/px/.test(document.getElementById("state").textContent)) return setTimeout(look, 50);
    setTimeout(() => done({
      problem, boxes: document.querySelectorAll("#boxes g").length, found: document.querySelectorAll("#found li").length,
      shown: document.getElementById("photo").naturalWidth,
      width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight,
      window: innerWidth, curl: document.getElementById("curl").textContent,
    }), 300);
  };
  look();
};
wait();
"""


class Driver:
    """chromedriver, spoken to by the WebDriver protocol."""

    def __enter__(self):
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=self.output, stderr=subprocess.DEVNULL)
        for _ in range(600):
            self.output.seek(0)
            if found := re.search(r"started successfully on port (\d+)", self.output.read()):
                self.base = f"http://127.0.0.1:{found[1]}"
                return self
            time.sleep(0.1)
        sys.exit("server: chromedriver does not start")

    def __exit__(self, *_):
        self.send("GET", "/shutdown")
        self.process.wait(30)

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer).get("value")


def look(url, photo, folder):
    """A picture of each view in the folder; ends where a box is missing or a line is cut."""
    found = {}
    with Driver() as driver:
        for name, (width, height, is_dark) in VIEWS.items():
            with tempfile.TemporaryDirectory() as profile:
                found[name] = view(driver, url, photo, folder / f"page-{name}.png", width, height, is_dark, profile)
            if found[name]["problem"] or not found[name]["boxes"] or not found[name]["shown"]:
                sys.exit(f"server: page, {name}: expected a photo with boxes, found {found[name]}")
            if found[name]["width"] > found[name]["window"]:
                sys.exit(f"server: page, {name}: wider than its window: {found[name]}")
    return {name: row["boxes"] for name, row in found.items()}


def view(driver, url, photo, target, width, height, is_dark, profile):
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    options += ["--blink-settings=preferredColorScheme=0"] if is_dark else []
    session = driver.send(
        "POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": options}}}})
    path = f"/session/{session['sessionId']}"

    def tell(command, **parameters):
        return driver.send("POST", path + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    try:
        driver.send("POST", path + "/timeouts", {"script": 240_000})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        tell("Emulation.setDeviceMetricsOverride", **size)
        driver.send("POST", path + "/url", {"url": url})
        arguments = [base64.b64encode(photo.read_bytes()).decode(), photo.name]
        found = driver.send("POST", path + "/execute/async", {"script": DROP, "args": arguments})
        size["height"] = found["height"]
        tell("Emulation.setDeviceMetricsOverride", **size)
        target.write_bytes(base64.b64decode(tell("Page.captureScreenshot")["data"]))
        return found
    finally:
        driver.send("DELETE", path)
