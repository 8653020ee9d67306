// Calls as programs in six languages. Pure, and without imports: the server shows them in /docs, and the browser gets this file, its
// types taken out, to show them for what stands in the form.

/** One call. `key`: what to write down as Bearer; null reads it from the environment; undefined needs none. */
export type Call = {
  method: string
  url: string
  key?: string | null | undefined
  /** The variable of the environment that holds it: `API_KEY` where none is named. */
  variable?: string
  headers?: Record<string, string>
  body?: Record<string, string> | null
}
export type Language = (typeof languages)[number]['id']

export const languages = [
  { id: 'curl', name: 'curl' },
  { id: 'typescript', name: 'TypeScript' },
  { id: 'python', name: 'Python' },
  { id: 'php', name: 'PHP' },
  { id: 'go', name: 'Go' },
  { id: 'java', name: 'Java' },
] as const

const makers: Record<Language, (call: Call) => string> = { curl, typescript, python, php, go, java }

/** The whole program that makes the call and prints its answer. */
export const snippet = (language: Language, call: Call): string => makers[language](call)

/** A path of the document, such as `/v1/identities/{id}`, with its values; nothing in them can end the segment or a quote. */
export const pathOf = (template: string, values: Record<string, string>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? '').replaceAll("'", '%27'))

/** Its own headers, and the content type of a body. */
const plainHeaders = ({ headers = {}, body }: Call): [string, string][] => [
  ...(body ? [['Content-Type', 'application/json'] as [string, string]] : []),
  ...Object.entries(headers),
]
/** Lines for the key, which an expression may read, and for the other headers. */
function headerLines(call: Call, key: (written: string | null) => string, line: (name: string, value: string) => string): string[] {
  const others = plainHeaders(call).map(([name, value]) => line(name, value))
  return call.key === undefined ? others : [key(call.key), ...others]
}

const variableOf = ({ variable = 'API_KEY' }: Call): string => variable
/** JSON's strings are also those of JavaScript, Python, Go and, in ASCII, of Java. */
const quoted = (text: string): string => JSON.stringify(text)
const ascii = (text: string): string =>
  quoted(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const single = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
const entries = (body: Record<string, string>, pair: (name: string, value: string) => string): string =>
  Object.entries(body)
    .map(([name, value]) => pair(name, value))
    .join(', ')

function curl(call: Call): string {
  const key = (written: string | null) =>
    written === null ? `-H "Authorization: Bearer $${variableOf(call)}"` : `-H ${shell(`Authorization: Bearer ${written}`)}`
  const isPlain = call.method === (call.body ? 'POST' : 'GET')
  const words = [
    ...(isPlain ? [] : [`-X ${call.method}`]),
    ...headerLines(call, key, (name, value) => `-H ${shell(`${name}: ${value}`)}`),
    ...(call.body ? [`-d ${shell(JSON.stringify(call.body))}`] : []),
  ]
  return [`curl ${shell(call.url)}`, ...words].join(' \\\n  ')
}

function typescript(call: Call): string {
  const key = (written: string | null) =>
    written === null
      ? `    authorization: \`Bearer \${process.env.${variableOf(call)}}\`,`
      : `    authorization: ${quoted(`Bearer ${written}`)},`
  const headers = headerLines(call, key, (name, value) => `    ${quoted(name.toLowerCase())}: ${quoted(value)},`)
  return `const response = await fetch(${quoted(call.url)}, {
  method: ${quoted(call.method)},
${headers.length > 0 ? `  headers: {\n${headers.join('\n')}\n  },\n` : ''}${
  call.body ? `  body: JSON.stringify({ ${entries(call.body, (name, value) => `${name}: ${quoted(value)}`)} }),\n` : ''
}})
console.log(response.status, await response.text())`
}

function python(call: Call): string {
  const key = (written: string | null) =>
    written === null
      ? `        "Authorization": "Bearer " + os.environ["${variableOf(call)}"],`
      : `        "Authorization": ${quoted(`Bearer ${written}`)},`
  const headers = headerLines(call, key, (name, value) => `        ${quoted(name)}: ${quoted(value)},`)
  const imports = [...(call.body ? ['json'] : []), ...(call.key === null ? ['os'] : []), 'urllib.error', 'urllib.request']
  return `${imports.map((name) => `import ${name}`).join('\n')}

request = urllib.request.Request(
    ${quoted(call.url)},
    method=${quoted(call.method)},
${headers.length > 0 ? `    headers={\n${headers.join('\n')}\n    },\n` : ''}${
  call.body ? `    data=json.dumps({${entries(call.body, (name, value) => `${quoted(name)}: ${quoted(value)}`)}}).encode(),\n` : ''
})
try:
    with urllib.request.urlopen(request) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as refusal:
    print(refusal.code, refusal.read().decode())`
}

function php(call: Call): string {
  const key = (written: string | null) =>
    written === null
      ? `        'Authorization: Bearer ' . getenv('${variableOf(call)}'),`
      : `        ${single(`Authorization: Bearer ${written}`)},`
  const headers = headerLines(call, key, (name, value) => `        ${single(`${name}: ${value}`)},`)
  return `<?php
$call = curl_init(${single(call.url)});
curl_setopt_array($call, [
    CURLOPT_CUSTOMREQUEST => ${single(call.method)},
${headers.length > 0 ? `    CURLOPT_HTTPHEADER => [\n${headers.join('\n')}\n    ],\n` : ''}${
  call.body
    ? `    CURLOPT_POSTFIELDS => json_encode([${entries(call.body, (name, value) => `${single(name)} => ${single(value)}`)}]),\n`
    : ''
}    CURLOPT_RETURNTRANSFER => true,
]);
$answer = curl_exec($call);
echo curl_getinfo($call, CURLINFO_RESPONSE_CODE), ' ', $answer, "\\n";`
}

function go(call: Call): string {
  const key = (written: string | null) =>
    `\trequest.Header.Set("Authorization", ${written === null ? `"Bearer "+os.Getenv("${variableOf(call)}")` : quoted(`Bearer ${written}`)})\n`
  const headers = headerLines(call, key, (name, value) => `\trequest.Header.Set(${quoted(name)}, ${quoted(value)})\n`)
  const imports = ['fmt', 'io', 'net/http', ...(call.key === null ? ['os'] : []), ...(call.body ? ['strings'] : [])]
  const text = call.body ? JSON.stringify(call.body) : ''
  const body = call.body ? `strings.NewReader(${text.includes('`') ? quoted(text) : `\`${text}\``})` : 'nil'
  return `package main

import (
${imports.map((name) => `\t"${name}"`).join('\n')}
)

func main() {
	request, err := http.NewRequest(${quoted(call.method)}, ${quoted(call.url)}, ${body})
	if err != nil {
		panic(err)
	}
${headers.join('')}	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(response.StatusCode, string(answer))
}`
}

function java(call: Call): string {
  const key = (written: string | null) =>
    `        .header("Authorization", ${written === null ? `"Bearer " + System.getenv("${variableOf(call)}")` : ascii(`Bearer ${written}`)})\n`
  const headers = headerLines(call, key, (name, value) => `        .header(${ascii(name)}, ${ascii(value)})\n`)
  const publisher = call.body ? `ofString(${ascii(JSON.stringify(call.body))})` : 'noBody()'
  return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Call {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(${ascii(call.url)}))
${headers.join('')}        .method(${ascii(call.method)}, HttpRequest.BodyPublishers.${publisher})
        .build();
    var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode() + " " + response.body());
  }
}`
}
