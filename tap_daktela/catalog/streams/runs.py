"""What the tap tells of its own runs, as rows for the warehouse."""

from tap_daktela.catalog.fields import Stream, boolean, integer, moment, string

STREAMS = (
    Stream(
        "tap_daktela_windows",
        "What each run of the tap counted: one row for each range of rows that it read.",
        (
            string("run_id", "Random key of the run.", nullable=False),
            integer("number", "Number of the row within its run, from 1.", nullable=False),
            moment("run_at", "When the run began.", nullable=False),
            string("stream", "Stream whose rows were counted.", nullable=False),
            string("axis", "Column by whose times the rows were read. Null if the stream was read whole."),
            moment("window_start", "Time from which rows were read. Null if the stream was read whole."),
            moment("window_end", "Time before which rows were read. Null if the stream was read whole."),
            string("flag", "Column that is true in all rows that were counted. Null if other rows count, too."),
            integer("promised", "Rows that the instance has by its own total. Null if it told none."),
            integer("written", "Rows that were read and written.", nullable=False),
            integer("repeated", "Rows that came again, and were written once.", nullable=False),
            integer("reread", "Rows that came while the range was read again.", nullable=False),
            moment("read_at", "When the last of the rows were read.", nullable=False),
            boolean("settled", "Whether the numbers agree. If not, the stream failed.", nullable=False),
        ),
        key=("run_id", "number"),
        ledger=True,
    ),
)
