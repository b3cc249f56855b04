"""Text typed key by key, as a person does. A paste would not find a key that a script of the page takes away."""

import re

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
PAIRED = set("([{'\"")  # what CodeMirror closes by itself
QUOTES = re.compile(r'"""|\'\'\'')


def type_code(editor, text):
    """Put a text in place of what stands in a CodeMirror, which indents and closes brackets by itself.

    Closing brackets and quotes are typed over, as CodeMirror allows on the line where it put them. What it put
    otherwise is deleted: an indentation, and what stands behind the last key of a line or behind three quotes,
    since CodeMirror closes those with three more and goes over all of them at one key.
    """
    keyboard = editor.page.keyboard
    clear(editor)
    for number, line in enumerate(text.split("\n")):
        if number:
            keyboard.press("Enter")
            keyboard.type("-")  # without anything to select, Backspace would join two lines
            keyboard.press("Shift+Home")  # to the indentation
            keyboard.press("Shift+Home")  # to the line's start
            keyboard.press("Backspace")
        end = 0
        for quotes in QUOTES.finditer(line):
            keyboard.type(line[end : quotes.end()])
            delete_rest(keyboard)
            end = quotes.end()
        keyboard.type(line[end:])
        if PAIRED.intersection(line):
            delete_rest(keyboard)
    assert (stands := shown(editor)) == text, stands


def type_text(field, text):
    """Put a text in place of what stands in a form's field."""
    clear(field)
    field.page.keyboard.type(text)
    assert (stands := field.input_value()) == text, stands


def clear(place):
    place.click()
    delete_all(place.page.keyboard)


def delete_all(keyboard):
    keyboard.press("Control+a")
    keyboard.press("Backspace")


def delete_rest(keyboard):
    keyboard.press("Control+Shift+End")
    keyboard.press("Delete")


def shown(editor):
    """The lines that a CodeMirror draws, which are all unless they are many more than the screen has room for."""
    return "\n".join(line.strip("\n") for line in editor.locator(".cm-line").all_inner_texts())
