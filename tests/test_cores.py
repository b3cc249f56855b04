"""How long a lesson is: words without code, formulas and quizzes, and the minutes it states."""

from publishing import cores

LESSON = """---
kernelspec: {name: python3}
---

# Two words

:::{outcomes} 20 80
- one, two, three
:::

Four words and $x + y$ count. `code` not.

```{code-cell} ipython3
---
mystnb: {figure: {caption: "not counted"}}
---
print("not counted")
```

$$
y = x
$$

:::{quiz} 1. Not counted?
- [x] no :: not this either.
:::

:::{core-ends}
:::

## Further

| a | table |
"""


def test_words_are_counted_without_code_formulas_and_quizzes(tmp_path):
    (tmp_path / "transform").mkdir()
    path = tmp_path / "transform" / "lesson.md"
    path.write_text(LESSON)
    found = cores.length(path)
    assert found == cores.Length("transform", core=10, whole=13, stated_core=20, stated_whole=80)
    path.write_text(LESSON.replace(" 20 80", " 60").replace(":::{core-ends}\n:::\n", ""))
    found = cores.length(path)
    assert found == cores.Length("transform", core=13, whole=13, stated_core=None, stated_whole=60)


def test_the_table_has_a_line_for_each_lesson_and_one_for_all(tmp_path):
    assert [cores.minutes(count) for count in (0, 1, 200, 201)] == [0, 1, 1, 2]
    (tmp_path / "transform").mkdir()
    path = tmp_path / "transform" / "lesson.md"
    path.write_text(LESSON)
    lines = cores.table([path]).splitlines()
    assert lines[2].split() == ["transform", "10", "1", "min", "20", "min", "13", "1", "min", "80", "min"]
    assert lines[3].split()[0] == "all"
    names = [line.split()[0] for line in cores.table().splitlines()[2:]]
    assert names == ["introduction", "transform", "backprop", "inference", "recurrent", "tradeoffs", "project", "all"]


def test_no_core_is_longer_than_its_time():
    found = {page.parent.name: cores.length(page).core for page in cores.contents() if page.name == "lesson.md"}
    assert len(found) == 7
    assert {name: count for name, count in found.items() if count > cores.LONGEST} == {}
