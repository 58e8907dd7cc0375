#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tool as a program: sarai ask --tools.file examples/tools/coffee.json "hazme un café enorme" """
import json
import sys

call = json.load(sys.stdin)
arguments = call["arguments"]
say = "Marchando un café %s" % arguments.get("size", "")
if arguments.get("sugar"):
    say += " con %d de azúcar" % arguments["sugar"]
print(json.dumps({"say": say.strip() + "."}))
