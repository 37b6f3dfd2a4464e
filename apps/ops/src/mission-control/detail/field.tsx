import type { ReactNode } from "react";

/** A name with its value; the value may be a badge. */
export function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="kb-quiet">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

export function Fields({ children }: { readonly children: ReactNode }) {
  return <dl className="mc-fields">{children}</dl>;
}
