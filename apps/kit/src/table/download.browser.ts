/** Gives the reader a file of this text. */
export function download(name: string, text: string): void {
  // Spreadsheets read UTF-8 as such only with its mark before it.
  const url = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
