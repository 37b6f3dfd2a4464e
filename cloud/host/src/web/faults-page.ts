import { faultCodes, faults } from "@kerbside/proto/base/faults";

/** The page that every problem's `type` points at. */
export function faultsPage(): string {
  const rows = faultCodes.map((code) => {
    const { status, retry, title } = faults[code];
    return `<dt id="${code}"><code>${code}</code> · ${status}${retry ? " · worth a retry" : ""}</dt><dd>${title.replaceAll("`", "")}</dd>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Fault codes</title><h1>Fault codes</h1><p>Every refusal of this API carries one of these as <code>code</code>.</p>
<dl>${rows.join("\n")}</dl></html>`;
}
