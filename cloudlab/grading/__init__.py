"""Grading by value: strangers' notebooks run in a jail, and the simulation, the seeds and the verdict stay outside.

    plainly     files are opened without waiting for a pipe that lies under their name
    submission  one file, read with suspicion: its code cells and nothing else
    gather      a folder or a zip of files, whose each one is
    jail        what a stranger's code may do here, in four levels
    fence       which calls of the system are closed in it; landlock which files; container, relay a jail of Docker's
    worker      the program in the jail; it holds no check, no seed and no expected value
    standins    what stands in it for the course's exercises
    desk        the other end of the pipe: what `judge` calls in place of a function
    cores       on which core both ends live
    faults      what may be told of an answer that went wrong
    grader      one submission, one result; all of a class
    classes     a class from what was handed in to its reports, in processes here or on a cluster
    scratch     folders that are gone after use, also after a kill
    results     the result files, each written at once or not at all
    report      grades.csv, a page for each student, a page for the class

Read `grader.grade_one` first.
"""
