/**
 * The scripts that shells read once. All of them go the same way: along the words before the cursor, from command to command, and
 * past what options take; then they offer what the rows say. Nothing is started when somebody presses Tab.
 */
import { rowText, type CompletionRow } from './completion-rows.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * @param projectDirectory where `npm run saga` is; it becomes the command `saga`, where there is none of this name
 */
export function completionScript(
  shell: Shell,
  rows: readonly CompletionRow[],
  projectDirectory: string,
): string {
  const text = rows.map(rowText).join('\n');
  if (shell === 'fish') return fishScript(fishQuoted(text), fishQuoted(projectDirectory));
  const script = shell === 'bash' ? bashScript : zshScript;
  return script(quoted(text), quoted(projectDirectory));
}

/** One word for bash and zsh, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** In bash and zsh alike: `path`, and `takes` and `values` of what stands before the cursor, from the words before it. */
const WALK = `
_saga_find() {
  local a b c d e rest
  takes=none values=''
  while IFS='|' read -r a b c d e rest; do
    [[ $a == "$1" && $b == "$2" && $c == "$3" ]] || continue
    takes=$d values=$e
    return 0
  done <<< "$_saga_rows"
  return 1
}
_saga_walk() {
  local word taken=0
  path='' takes=none values=''
  for word in "$@"; do
    if [[ $word == = ]]; then continue; fi
    if [[ $word == -* ]]; then
      taken=0
      _saga_find "$path" "\${word%%=*}" option
      if [[ $word == *=* ]]; then takes=none values=''; fi
      continue
    fi
    if [[ $takes == many || ( $takes == one && $taken == 0 ) ]]; then taken=1; continue; fi
    takes=none values='' taken=0
    if _saga_find "$path" "$word" command; then path="\${path:+$path }$word"; fi
  done
  if [[ $takes == one && $taken == 1 ]]; then takes=none; fi
}`;

function bashScript(rows: string, directory: string): string {
  return `# Completion of saga for bash. Read it with: source <(npm run -s saga -- completions bash)
type saga > /dev/null 2>&1 || saga() { npm --prefix ${directory} run -s saga -- "$@"; }
_saga_rows=${rows}
${WALK}
_saga() {
  local path takes values word=\${COMP_WORDS[COMP_CWORD]} offered='' a b c d e rest
  _saga_walk "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  if [[ $word == = ]]; then word=''; fi
  COMPREPLY=()
  if [[ $takes != none && $word != -* ]]; then
    offered=$values
  else
    while IFS='|' read -r a b c d e rest; do
      if [[ $a == "$path" ]]; then offered+=" \${b:-$e}"; fi
    done <<< "$_saga_rows"
  fi
  if [[ $offered == *'<file>'* ]]; then
    offered=\${offered//<file>/}
    if [[ $word != -* ]]; then
      compopt -o filenames 2> /dev/null || :
      while IFS= read -r a; do COMPREPLY+=("$a"); done < <(compgen -f -- "$word")
    fi
  fi
  while IFS= read -r a; do
    if [[ $a != -* || $word == -* ]]; then COMPREPLY+=("$a"); fi
  done < <(compgen -W "$offered" -- "$word")
  # Options are offered when nothing else can be, or when one has been begun.
  if [[ \${#COMPREPLY[@]} == 0 && $takes == none ]]; then
    while IFS= read -r a; do COMPREPLY+=("$a"); done < <(compgen -W "$offered" -- "$word")
  fi
}
complete -F _saga saga
`;
}

function zshScript(rows: string, directory: string): string {
  return `#compdef saga
# Completion of saga for zsh. Read it, after compinit, with: source <(npm run -s saga -- completions zsh)
(( $+commands[saga] || $+functions[saga] )) || saga() { npm --prefix ${directory} run -s saga -- "$@" }
_saga_rows=${rows}
${WALK.replaceAll('path', 'saga_path')}
_saga() {
  local saga_path takes values word=$words[CURRENT] a b c d e rest
  local -a offered described files
  _saga_walk "\${(@)words[2,CURRENT-1]}"
  if [[ $word == -*=* ]] && _saga_find "$saga_path" "\${word%%=*}" option; then
    compset -P 1 '*='
    word=''
  fi
  if [[ $takes != none && $word != -* ]]; then
    if [[ $values == '<file>' ]]; then _files; return; fi
    offered=(\${(s: :)values})
    compadd -a offered
    return
  fi
  while IFS='|' read -r a b c d e rest; do
    [[ $a == "$saga_path" ]] || continue
    if [[ $b == -* && $word != -* ]]; then continue; fi
    if [[ -n $b ]]; then described+=("\${b//:/\\\\:}:$rest"); fi
    if [[ $e == '<file>' && -z $b ]]; then files=(yes); fi
    if [[ -n $e && $e != '<file>' && -z $b ]]; then offered+=(\${(s: :)e}); fi
  done <<< "$_saga_rows"
  if (( $#described )); then _describe -t words saga described; fi
  if (( $#offered )); then compadd -a offered; fi
  if (( $#files )); then _files; fi
}
compdef _saga saga
`;
}

function fishScript(rows: string, directory: string): string {
  return `# Completion of saga for fish. Read it with: npm run -s saga -- completions fish | source
type -q saga; or function saga; npm --prefix ${directory} run -s saga -- $argv; end
set -g __saga_rows (string split \\n -- ${rows})
function __saga_find -a path word kind
    for row in $__saga_rows
        set -l cells (string split -m 5 '|' -- $row)
        if test "$cells[1]" = "$path" -a "$cells[2]" = "$word" -a "$cells[3]" = "$kind"
            echo $cells[4]
            echo $cells[5]
            return 0
        end
    end
    return 1
end
function __saga_complete
    set -l path ''
    set -l takes none
    set -l values ''
    set -l taken 0
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    for word in $typed[2..-1]
        if string match -q -- '-*' $word
            set taken 0
            set -l found (__saga_find "$path" (string split -m 1 '=' -- $word)[1] option)
            set takes none
            set values ''
            if test (count $found) -gt 0; and not string match -q -- '*=*' $word
                set takes $found[1]
                set values $found[2]
            end
            continue
        end
        if test "$takes" = many; or test "$takes" = one -a $taken -eq 0
            set taken 1
            continue
        end
        set takes none
        if __saga_find "$path" "$word" command > /dev/null
            set path (string trim -- "$path $word")
        end
    end
    if test "$takes" = one -a $taken -eq 1
        set takes none
    end
    if string match -q -- '-*=*' $current
        set -l option (string split -m 1 '=' -- $current)[1]
        set -l found (__saga_find "$path" $option option)
        if test (count $found) -eq 2; and test -n "$found[2]" -a "$found[2]" != '<file>'
            printf '%s\\n' $option=(string split ' ' -- $found[2])
        end
        return
    end
    if test "$takes" != none; and not string match -q -- '-*' $current
        if test "$values" = '<file>'
            __fish_complete_path $current
        else if test -n "$values"
            string split ' ' -- $values
        end
        return
    end
    for row in $__saga_rows
        set -l cells (string split -m 5 '|' -- $row)
        test "$cells[1]" = "$path"; or continue
        if test -n "$cells[2]"
            printf '%s\\t%s\\n' $cells[2] "$cells[6]"
        else if test "$cells[5]" = '<file>'
            __fish_complete_path $current
        else if test -n "$cells[5]"
            string split ' ' -- $cells[5]
        end
    end
end
complete -c saga -e
complete -c saga -f -a '(__saga_complete)'
`;
}
