"""The web station: a pure state machine, the rules of an unattended door, an ASGI app and one page.

| file | job |
|---|---|
| states.py, machine.py | states, events, time limits, and what follows from what: pure |
| holder.py | what nobody beside the kiosk can check: pure |
| screen.py | what the page shows of a situation: pure |
| pin.py, sessions.py, guard.py | who may do what |
| desk.py | the one place where things happen: holds the situation, opens the gate, tells the page |
| feed.py | from the station's loop to the desk |
| app.py, crowd.py, serve.py | HTTP on loopback |
| gate.py, browser.py, memory.py | the gate, the screen's browser, what survives a restart |
"""
