// The contract: what the kernel sends, and what the files of the stage hand to each other. Types only: this
// file is never sent to a browser. `scene_of` in scene.py fills a `Scene`; change both together.

/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Stalls } from "./stalls.js" */

// What the kernel sends

/**
 * A run as plain data. Times are seconds since its beginning, parts are places in `parts`.
 *
 * @typedef {object} Scene
 * @property {number} end how long the run lasts
 * @property {number | null} mark the busy share that servers are held to, if something holds them
 * @property {number} pace seconds of the run in a second of play at ×1
 * @property {number} seed
 * @property {number} total all requests
 * @property {number} rows requests that are sent one by one
 * @property {number} every one in so many requests is sent
 * @property {number} [calls] calls that are sent: none, where they are too many
 * @property {DataView<ArrayBuffer> | null} columns 41 bytes a request, column after column, then 35 a call,
 *   then what `came` and `taken` have in columns, then 22 a piece of `works`: see `Block`
 * @property {Bins | null} bins counts of all requests, where only some are sent
 * @property {Part[]} parts
 * @property {[from: number, to: number][]} links those of the record, then ways through
 *   parts that aren't drawn
 * @property {[from: number, to: number][]} back those links that lead back
 * @property {number | null} shared the part that holds one line for all servers
 * @property {[time: number, part: number, aspect: string, state: string, until: number | null][]} states
 * @property {[part: number, metric: string, times: number[], values: number[]][]} series
 * @property {Ask[]} asks
 * @property {FunctionSent[]} invocations
 * @property {Hops[]} came messages on the usual ways, in columns: what came to a part,
 * @property {[time: number, message: number, source: number, target: number | null, until: number | null,
 *   count: number][]} moves all else that moved,
 * @property {Hops[]} taken and what was taken and deleted in time; in this order where times are equal
 * @property {number[]} works how much work on messages stands in each table of columns
 * @property {Note[]} notes
 * @property {Record<string, [time: number, text: string][]>} tales what a kind tells of messages
 * @property {[row: number, message: number][]} became requests that became messages
 * @property {[code: number, reason: string][]} statuses
 * @property {Curve | null} money dollars so far
 *
 * @typedef {object} Hops moves of one sort, some of it in columns
 * @property {number} many
 * @property {number | "column"} source
 * @property {number | "column" | null} target
 * @property {"column" | null} until
 * @property {number | "column"} received
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {string} kind the name of its file in kinds/
 * @property {number | null} parent
 * @property {number} born
 * @property {number | null} gone
 * @property {number} slots
 * @property {number} speed
 * @property {number | null} layer from left to right; null: it is no station of a way
 * @property {number | null} row its order within the layer
 * @property {number | null} place its cell on the ruler of its parent
 * @property {boolean} server it serves requests in this run
 * @property {Record<string, any>} attributes
 *
 * @typedef {object} FunctionSent what a function did: calls, environments, those turned away, events
 * @property {number} part
 * @property {string[]} how of each call: "request", "event", "batch" or "hand"
 * @property {number[]} source of each call: the row of its request, or its number where it came from
 * @property {number[]} began of each call
 * @property {(number | null)[]} ended of each call
 * @property {number[]} environment of each call
 * @property {string[]} ending of each call: what went wrong, or nothing
 * @property {boolean[]} resets of each call: whether its environment is gone with it
 * @property {number[]} born of each environment
 * @property {number[]} ready of each environment: INIT is over
 * @property {(number | null)[]} gone of each environment
 * @property {number[]} memory of each environment, in MB
 * @property {boolean[]} provisioned of each environment
 * @property {number[]} throttled when calls were turned away
 * @property {string[]} why each of those was
 * @property {number[]} came when events came
 * @property {(number | null)[]} settled when each of those was done, or given up
 *
 * @typedef {{ times: number[], values: number[], limits?: number[] }} Curve change points, or points to join;
 *   `limits` are those of a level, -1 where there is none
 * @typedef {[time: number, part: number, asked: number, granted: number, by: string]} Ask
 * @typedef {[time: number, part: number | null, glyph: string, text: string, row: number | null]} Note
 * @typedef {{ times: number[], parts: Record<string, Counts> }} Bins
 * @typedef {{ sent: number[], waiting: number[], done: number[], failed: number[] }} Counts
 *
 * @typedef {object} Model what anywidget hands over; a saved page has a plain object in its place
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {(event: string, act: () => void) => void} on
 * @property {() => void} save_changes
 * @property {(message: object) => void} send
 * @property {{ get_model: (name: string) => Promise<Model> }} [widget_manager]
 */

// What a kind of part says and draws

/**
 * One kind of part: a file of kinds/ gives what differs from `thing.js`.
 *
 * @typedef {object} KindOnly
 * @property {boolean} source requests begin here
 * @property {boolean} front callers know it by one name, and it hands on to those behind it
 * @property {boolean} serves it can answer requests itself
 * @property {boolean} shelf messages lie in it, for anyone to take
 * @property {boolean} badge a box of it has a badge with a letter
 * @property {boolean} labelled its name stands below it
 * @property {boolean} showsItsEnd its own picture says that it is dead: it needs no plug
 * @property {boolean} grows it takes what room is left beside it
 * @property {string} loss what a lost one is called in the legend, such as "a host"
 * @property {string} listed what those of it are called together in Ask why: then each can be asked about,
 *   also where it stands nowhere
 * @property {Column[]} calls what became of the copies that it hands to all who listen, where it does that
 * @property {(pen: Pen, run: Run, part: number, x: number, y: number) => void} icon of who listens
 * @property {(run: Run, part: number, t: number) => string[]} remarks of who listens: up to two lines
 * @property {(run: Run) => boolean} alone it alone tells of this run: numbers, sentence, level, legend
 * @property {boolean} tellsAlone its teller tells only of runs of which it alone tells
 * @property {Yard | null} yard how many of it are shown side by side, where nothing else is drawn
 * @property {Asked[]} questions what can be asked of it in Ask why
 * @property {(run: Run, part: number, inner: string, t: number) => Story} innerStory of what is in it
 * @property {boolean} sums it tells what something costs so far
 * @property {boolean} installs libraries are installed on it, which the programs on it may find
 * @property {boolean} counts it counts the messages of a run itself
 * @property {Ruler | null} ruler it holds members on a ruler, between a minimum and a maximum
 * @property {Record<string, string[]>} glyphs glyphs that it brings: pieces of SVG, 16 × 16
 * @property {Teller | null} teller what it tells of requests, in place of what is told of any
 * @property {(run: Run, part: number, room: Room) => [width: number, height: number, before?: number]} size
 *   with what is kept free before it
 * @property {(run: Run, part: number, t: number) => string} label the words below it
 * @property {(run: Run, part: number, t: number) => boolean} asleep
 * @property {DrawPart} draw
 * @property {(run: Run, part: number, t: number) => string[]} story its sentences in Ask why
 *
 * @typedef {KindOnly & Subject} Kind
 *
 * @typedef {object} Column
 * @property {string} metric the series of who listens, and the word above the column
 * @property {(run: Run, part: number) => string} glyph before a number
 *
 * @typedef {object} Asked a question of a kind: which one of what is in a part it is about
 * @property {string} words
 * @property {string} [field] what is asked for by number, where a number is asked for
 * @property {(run: Run, t: number, number: number) => { part: number, inner: string } | null} find
 * @property {string} none what is said where there is none
 *
 * @typedef {object} Ruler
 * @property {string} word what it is called, such as "Group"
 * @property {string} low the metrics of its minimum,
 * @property {string} high its maximum,
 * @property {string} wish and what it wants
 */

/**
 * Boxes that hold things of two sizes: what waits for room in one, how a box is read, and what is on its way.
 *
 * @typedef {object} Yard
 * @property {(run: Run, t: number) => Waiting[]} waiting
 * @property {(pen: Pen, run: Run, area: { x: number, y: number, w: number, h: number }) => void} key
 * @property {(run: Run, part: number, t: number) => string[]} why what a part wants waits, if some does
 * @property {(run: Run, t: number, hop: number) => Coming[]} coming what arrives within a hop
 *
 * @typedef {{ memory: number, cpu: number, tone: string }} Slab shares of its box from 0 to 1; "ok", "pale",
 *   "boot", "going", or "coming" where it isn't there yet
 * @typedef {{ words: string, needs: string, many: number, memory: number, cpu: number }} Waiting
 * @typedef {{ from: number | null, to: number, time: number, memory: number, cpu: number }} Coming
 */

/**
 * Who tells of requests: an application calls them orders, and knows where each one is.
 *
 * @typedef {object} Teller
 * @property {string} one what it calls a request
 * @property {(run: Run, row: number, t: number) => Story} story
 * @property {(run: Run, row: number) => string} ended what is said at its end
 * @property {(runs: Run[], t: number) => string} compare one sentence about two runs of the same luck
 * @property {(run: Run, t: number) => number[]} line the rows that stand in line, the next one first
 *
 */

/**
 * What a run can be about: kinds are, and so are messages, requests and money (`subjects.js`).
 * Of all that a run holds, those with a lower rank speak first, and stand first under the scene.
 *
 * @typedef {object} Subject
 * @property {number} [rank] 50 where none is given
 * @property {(run: Run, t: number) => NumberShown[]} [numbers] the numbers under the scene
 * @property {(run: Run, t: number) => string | null} [sentence] the one fact that the picture is about
 * @property {(run: Run, t: number) => Level | null} [level] what the timeline shows
 * @property {(run: Run) => [glyph: string, words: string][]} [legend]
 *
 * @typedef {object} NumberShown
 * @property {string} glyph
 * @property {string} words
 * @property {string} value
 * @property {string} [unit]
 * @property {Gauge} [gauge] where a limit holds
 *
 * @typedef {{ share: number, mark: number, state: string }} Gauge how far it is filled, where the limit
 *   stands, and whether that is met, near or missed
 *
 * @typedef {{ words: string, value: number, ruler?: boolean, unit?: string, most?: number, limit?: {
 *   value: number, words: string }, ticks?: ArrayLike<number> }} Level a prediction in another unit than this
 *   one stands at no height of its curve; `most` is the top of its axis, where it can't be more; `limit` is a
 *   dashed line, as it was at each moment, and `ticks` are moments above the curve
 */

// What is known at a moment

/**
 * @typedef {{ time: number, state: string, until: number }} Entry
 * @typedef {{ part: number, stalls: Stalls, way: number[] }} Kitchen a function, and who calls it
 * @typedef {{ letter: string, since: number, share: number, call: number | null }} StallNow
 * @typedef {{ letter: string, word: string, since: number, done: number }} Looks
 * @typedef {Looks & { part: number, place: number }} Member
 * @typedef {{ p50: number, p95: number, n: number }} Percentiles
 *
 * @typedef {object} LaneNow what a server holds
 * @property {number} part
 * @property {number} sent
 * @property {number} waiting
 * @property {number} lost
 * @property {number[]} atWork rows
 * @property {number} busy a share
 * @property {Percentiles} times
 *
 * @typedef {object} Leg a way from part to part, and the requests that take it
 * @property {number} from
 * @property {number} to
 * @property {number} of how many such ways a request has before it
 * @property {boolean} first
 * @property {number[]} rows
 * @property {ArrayLike<number>} times of their arrival, sorted
 *
 * @typedef {object} Move
 * @property {number} time
 * @property {number} message
 * @property {number} source
 * @property {number | null} target
 * @property {number} until
 * @property {number} count
 *
 * @typedef {object} Stay
 * @property {number} message
 * @property {number} since
 * @property {number} until
 * @property {number} count
 * @property {number} left
 * @property {number | null} [to] where it went; null: it was deleted
 */

// What is drawn

/**
 * @typedef {object} View what one picture of a scene knows, and what it tells about itself
 * @property {Hit[]} hits what a pointer can select
 * @property {Spot[]} places where parts stand
 * @property {number} moving how much travels
 * @property {boolean} motion
 * @property {number} hop seconds of the run that a hop takes; 0: no hop is drawn
 * @property {(milliseconds: number) => number} sim seconds of the run in so many milliseconds of play
 * @property {number | undefined} selected a part
 * @property {Guess | null} prediction
 * @property {Curve | null} before the level of an earlier run
 * @property {number} timesTop the longest time on the axis of times
 * @property {{ x: number, y: number } | null} [peg] where the prediction stands
 * @property {string} [head] the name of the run
 * @property {boolean} [first]
 * @property {boolean} [last]
 *
 * @typedef {object} Guess what was predicted
 * @property {string} words
 * @property {number} value
 * @property {string} unit
 * @property {number | null} came what comes of it, where that is known
 * @property {number | null} [at] the moment that it is about, else the end of the run
 * @property {number} [part] whose line it is about, else that of all
 *
 * @typedef {object} Hit
 * @property {number} x
 * @property {number} y
 * @property {number} r
 * @property {number[]} [box] half its width and height, where it is no disc
 * @property {number} [row]
 * @property {() => number | undefined} [find] its row, looked up when it is selected
 * @property {number} [message]
 * @property {number} [part] whose inner one it is
 * @property {string} [inner]
 * @property {number} [run]
 * @typedef {{ part: number | null, x: number, y: number, width: number, height: number, run?: number }} Spot
 *
 * @typedef {object} Place where a part stands in a flow
 * @property {number} part
 * @property {number} x
 * @property {number} y
 * @property {number} w
 * @property {number} h
 * @property {number} room what is kept free before it
 * @property {boolean} stacked others stand above or below it, and its way comes along their side
 * @property {boolean} [down] ways lead from top to bottom
 *
 * @typedef {(pen: Pen, run: Run, place: Place, t: number, view: View) => void} DrawPart
 *
 * @typedef {object} Room
 * @property {number} width
 * @property {boolean} dense two scenes share the window
 * @property {boolean} last
 *
 * @typedef {{ draw: DrawScene, width: number, height: number, [more: string]: any }} Plan
 * @typedef {(pen: Pen, plan: any, run: Run, t: number, view: View) => void} DrawScene
 *
 * @typedef {object} Style
 * @property {string} [fill]
 * @property {string} [edge]
 * @property {number} [line]
 * @property {number[]} [dash]
 *
 * @typedef {[x: number, y: number]} Point
 *
 * @typedef {object} Mark what a pen drew, and where: "text", "box", "bead", "dot", "inlet", "peg", "miss",
 *   "cross" or "handle"
 * @property {string} what
 * @property {string} words
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

// What is told

/**
 * @typedef {{ kind: string, seconds: number, words: string }} Bar
 * @typedef {{ head: string, bars: Bar[], lines: string[] }} Story
 *
 * @typedef {object} Happening
 * @property {number} time
 * @property {string} glyph
 * @property {string} text
 * @property {number | null} [row]
 * @property {number | null} [part]
 *
 * @typedef {{ row?: number, part?: number, inner?: string, message?: number, moment?: number,
 *   run?: number }} Choice
 */

export {};
