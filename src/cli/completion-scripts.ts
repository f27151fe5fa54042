import type { Level, Named, Operand } from "./completion-level.ts";

/** How each shell completes what follows an option, given the words to choose from. */
type Completers = Readonly<Record<Operand, (choices: readonly string[]) => string>>;

const IN_BASH: Completers = {
  nothing: () => "",
  text: () => "",
  folder: () => 'mapfile -t COMPREPLY < <(compgen -d -- "$current"); ',
  file: () => 'mapfile -t COMPREPLY < <(compgen -f -- "$current"); ',
  choice: (words) => `mapfile -t COMPREPLY < <(compgen -W ${quote(words.join(" "))} -- "$current"); `,
};

const IN_ZSH: Completers = {
  nothing: () => "",
  text: () => "",
  folder: () => "_files -/; ",
  file: () => "_files; ",
  choice: (words) => `compadd -- ${words.join(" ")}; `,
};

const IN_FISH: Completers = {
  nothing: () => "",
  text: () => " -x",
  folder: () => " -x -a '(__fish_complete_directories)'",
  file: () => " -r -F",
  choice: (words) => ` -x -a ${quote(words.join(" "))}`,
};

/** For bash 4 or later. */
export function bashScript(levels: readonly Level[]): string {
  return `# bash completion of holdfast; load it with: source <(holdfast completion bash)
_holdfast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command="" word words
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
${commandCases(levels)}
    esac
  done
  case "$previous" in
${operandCases(levels, IN_BASH)}
  esac
  case "$command" in
${levels.map((level) => `    ${quote(level.command)}) words=${quote(wordsOf(level).join(" "))} ;;`).join("\n")}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _holdfast holdfast
`;
}

/** For zsh. */
export function zshScript(levels: readonly Level[]): string {
  const described = (items: readonly Named[]): string =>
    items.map(({ name, summary }) => quote(`${name.replaceAll(":", "\\:")}:${summary}`)).join(" ");
  return `#compdef holdfast
# zsh completion of holdfast; load it with: source <(holdfast completion zsh)
_holdfast() {
  local command="" word
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
${commandCases(levels)}
    esac
  done
  case "$words[CURRENT-1]" in
${operandCases(levels, IN_ZSH)}
  esac
  case "$command" in
${levels
  .map((level) => {
    const named = [...level.subcommands, ...level.choices.map((name) => ({ name, summary: name }))];
    return `    ${quote(level.command)}) commands=(${described(named)}); options=(${described(level.options)}) ;;`;
  })
  .join("\n")}
  esac
  (( \${#commands} )) && _describe command commands
  _describe option options
}
if [[ "$funcstack[1]" == _holdfast ]]; then _holdfast; else compdef _holdfast holdfast; fi
`;
}

/** For fish 3 or later. */
export function fishScript(levels: readonly Level[]): string {
  const lines = levels.flatMap((level) => {
    const condition = `-n ${quote(fishCondition(level))}`;
    const named = [...level.subcommands, ...level.choices.map((name) => ({ name, summary: "" }))];
    return [
      ...named.map(
        ({ name, summary }) => `complete -c holdfast -f ${condition} -a ${name} -d ${quote(summary)}`,
      ),
      ...level.options.map(({ name, summary, operand, choices }) => {
        const follows = IN_FISH[operand](choices);
        return `complete -c holdfast ${condition} -l ${name.slice(2)}${follows} -d ${quote(summary)}`;
      }),
    ];
  });
  return `# fish completion of holdfast; load it with: holdfast completion fish | source\n${lines.join("\n")}\n`;
}

function fishCondition({ command, subcommands }: Level): string {
  const seen = command
    .split(" ")
    .filter((name) => name !== "")
    .map((name) => `__fish_seen_subcommand_from ${name}`);
  const not =
    subcommands.length > 0
      ? [`not __fish_seen_subcommand_from ${subcommands.map(({ name }) => name).join(" ")}`]
      : [];
  return [...seen, ...not].join("; and ");
}

/** For bash and zsh: how each word leads from one level to a deeper one. */
function commandCases(levels: readonly Level[]): string {
  const steps = levels.flatMap(({ command: parent, subcommands }) =>
    subcommands.map(({ name }) => [`${parent} ${name}`, `${parent} ${name}`.trimStart()] as const),
  );
  return steps.map(([typed, command]) => `      ${quote(typed)}) command=${quote(command)} ;;`).join("\n");
}

/** For bash and zsh: what follows each option that takes something, which does not depend on the command. */
function operandCases(levels: readonly Level[], completers: Completers): string {
  const all = levels.flatMap(({ options }) => options).filter(({ operand }) => operand !== "nothing");
  const once = new Map(all.map((option) => [option.name, option]));
  const cases = [...once.values()].map(
    ({ name, operand, choices }) => `    ${name}) ${completers[operand](choices)}return ;;`,
  );
  return cases.join("\n");
}

function wordsOf({ subcommands, options, choices }: Level): string[] {
  return [...subcommands.map(({ name }) => name), ...choices, ...options.map(({ name }) => name)];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
