import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName } from "./device-name.ts";

test("a session is called by its browser and system, where they can be told", () => {
  const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
  for (const [userAgent, name] of [
    [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/140.0.0.0 Safari/537.36`, "Chrome, Linux"],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`,
      "Edge, Windows",
    ],
    ["Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", "Firefox, Android"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
      "Safari, iPhone",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
      "Safari, macOS",
    ],
    ["keypears/1.0", "keypears/1.0"],
    ["Mozilla/5.0 (something else)", "Mozilla/5.0 (something else)"],
  ] as const) {
    assert.equal(deviceName(userAgent), name);
  }
});
