"""The case procedure: incidents, recorded steps, the stage that follows from them, and the documents they issue."""
