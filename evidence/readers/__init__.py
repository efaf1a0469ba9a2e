"""Readers of one file, a process of their own with little memory and time: ``python -I -m evidence.readers ASKED``.

They import nothing else of this package. The file is standard input: a private copy without a name, gone with the
process. ASKED is JSON (see :mod:`evidence.readers.__main__`). Each line on standard output is a JSON object of what was
found last, so that what was read before a file brought its reader down is kept; the first, ``{}``, says that it began.
"""
