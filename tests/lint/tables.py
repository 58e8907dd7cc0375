#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the text tables one line at a time and sees that tools/check_tables names the line and the reason.

usage: tables.py ROOT
"""
import os
import subprocess
import sys
import tempfile

# A table, one line of it (the third: a header and a good line stand before), and what must be said about it.
BROKEN = [
    ("templates.tsv", "adios\tadiós", "2 columns instead of 3"),
    ("templates.tsv", "adios  adiós\tHasta luego.", "spaces where a tab may be missing"),
    ("templates.tsv", "adios\tadiós\t\tHasta luego.", "a tab too many"),
    ("templates.tsv", "adios\tadiós\t", "column 'replies' is empty"),
    ("templates.tsv", "adios\tadiós||chao\tHasta luego.", "empty variant"),
    ("templates.tsv", "adios\t¡Hola!\tHasta luego.", "is the same as 'hola' on line 2"),
    ("templates.tsv", "hola\tadiós\tHasta luego.", "id 'hola' is already on line 2"),
    ("templates.tsv", "Adiós\tadiós\tHasta luego.", "use small letters"),
    ("templates.tsv", "adios\tadiós\tNos vemos a las 8.", "write numbers as words"),
    ("templates.tsv", "adios\tadiós\tVete?¿ Ya.", "do not match"),
    ("templates.tsv", "adios\tadiós\tQué pena!", "do not match"),
    ("templates.tsv", "adios\tadiós\tHasta luego (o no).", "forbidden character"),
    ("templates.tsv", "adios\tadiós\tHasta luego", "does not end in"),
    ("templates.tsv", "adios\tadiós\tUno. Dos. Tres.", "more than 2 sentences"),
    ("templates.tsv", "adios\tadiós\t" + "Muy largo " * 20 + "es.", "longer than 160 characters"),
    ("templates.tsv", "mar\tqué es el mar\tAgua.", "hides the topic on knowledge.tsv line 2"),
    ("knowledge.tsv", "sol\tsol\tEl Sol brilla. El Sol quema.", "fewer than 3 sentences"),
    ("knowledge.tsv", "sol\tsol\tEl Sol brilla. El Sol quema. Este calienta.", "can't be understood alone"),
    ("knowledge.tsv", "sol\tsol\tEl Sol brilla. El Sol quema. El Sol tiene 8 planetas.", "only years are written in digits"),
    ("router.tsv", "adiós\tplantilla\thola", "class 'plantilla'"),
    ("router.tsv", "adiós\ttemplate\tchao", "there is no 'chao' in templates.tsv"),
    ("router.tsv", "¡hola!\tskill\ttime", "is a phrase of templates.tsv, line 2"),
    ("templates.tsv", "mes\ten qué mes estamos\tEn uno.", "hides the skill on skills.tsv line 2"),
    ("skills.tsv", "add\t{x} más {b}\t{r}.", "no slot {x} in what is asked"),
    ("skills.tsv", "add\t{a} más {b}\tSon {q}.", "no slot {q} in a reply"),
    ("units.tsv", "mass\tmil\tkilo|kilos", "value 'mil'"),
    ("units.tsv", "length\t2\tmetros", "is the same as 'metros' on line 2"),
    ("router_patterns.tsv", "skill\ton\tpon {nada}", "there is no slot {nada}"),
    ("router_patterns.tsv", "orden\ton\tpon algo", "class 'orden'"),
    ("router_patterns.tsv", "template\tchao\tadiós", "there is no 'chao' in templates.tsv"),
    ("router_patterns.tsv", "skill\ton\t[antes] pon {light}", "forbidden character '['"),
    ("requests.tsv", "luz\tHassTurnOn", "there is no 'luz' in templates.tsv"),
    ("router.tsv", "¿Qué hora es?\tskill\ttime", "is the same as 'qué hora es' on line 2"),
]
GOOD = {
    "templates.tsv": "id\tphrases\treplies\nhola\thola|buenas\tHola, ¿qué tal?\n",
    "knowledge.tsv": "id\tnames\ttext\nmar\tmar\tEl mar es agua salada. El mar tiene olas. El mar es azul.\n",
    "skills.tsv": "id\tphrases\treplies\nmonth\ten qué mes estamos\tEstamos en {m}.\n",
    "units.tsv": "kind\tvalue\tnames\nlength\t1\tmetro|metros\n",
    "router_patterns.tsv": "class\tintent\tpatterns\nslot\tlight\tla luz|el flexo\n",
    "requests.tsv": "template\tintent\nhola\tgreet\n",
    "router.tsv": "text\tclass\tintent\nqué hora es\tskill\ttime\n",
}


def check(root, name, line):
    with tempfile.TemporaryDirectory() as data:
        os.mkdir(os.path.join(data, "es"))
        for table, text in GOOD.items():
            with open(os.path.join(data, "es", table), "w", encoding="utf-8") as file:
                file.write(text + (line + "\n" if table == name else ""))
        done = subprocess.run([sys.executable, os.path.join(root, "tools/check_tables"), data], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8")
    return done.returncode, done.stdout


def main(argv):
    wrong = 0
    code, said = check(argv[1], None, "")
    if code != 0:
        wrong += 1
        print("good tables are refused: " + said)
    for name, line, reason in BROKEN:
        code, said = check(argv[1], name, line)
        if code != 1 or not any("%s:3: " % name in where and reason in where for where in said.splitlines()):
            wrong += 1
            print("%s: '%s' should say '%s' but says: %s" % (name, line, reason, said or "nothing"))
    print("%d broken lines, %d not found" % (len(BROKEN), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
