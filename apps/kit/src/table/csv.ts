/** A column of a table: its name, and what it says of a row. */
export interface Column<T> {
  readonly name: string;
  readonly of: (row: T) => string | number | null;
}

/** A table as RFC 4180 has it. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvOf<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const lines = [columns.map(({ name }) => cell(name)), ...rows.map((row) => columns.map(({ of }) => cell(of(row))))];
  return lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
