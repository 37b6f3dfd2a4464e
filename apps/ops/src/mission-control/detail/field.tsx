import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A name with its value; the value may be a badge. */
export function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <Text component="dt" size="sm" className="kb-quiet">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} style={{ minWidth: 0, overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </>
  );
}

export function Fields({ children }: { readonly children: ReactNode }) {
  return (
    <dl
      style={{
        display: "grid",
        gridTemplateColumns: "max-content 1fr",
        columnGap: "1rem",
        rowGap: "0.5rem",
        margin: 0,
        alignItems: "center",
      }}
    >
      {children}
    </dl>
  );
}
