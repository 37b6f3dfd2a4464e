import { Note } from "@kerbside/apps-kit/page/note.tsx";
import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";

export interface SignInProps {
  readonly signIn: (email: string, password: string) => Promise<string | null>;
}

export function SignIn({ signIn }: SignInProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(await signIn(textOf(form, "email"), textOf(form, "password")));
    setBusy(false);
  };

  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={400} shadow="sm">
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <div>
              <Title order={1} size="h2">
                Mission control
              </Title>
              <Text className="kb-quiet">Sign in with the e-mail and password of your organization.</Text>
            </div>
            {problem !== null && (
              <Note tone="bad" role="alert">
                {problem}
              </Note>
            )}
            <TextInput label="E-mail" name="email" type="email" autoComplete="username" required withAsterisk={false} />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
            />
            <Button type="submit" loading={isBusy} size="md">
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

function textOf(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === "string" ? value : "";
}
