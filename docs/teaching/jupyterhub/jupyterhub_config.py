"""A JupyterHub for this course on one Linux machine, whose users are the machine's own.

docs/teaching/jupyterhub.md says how to set it up, for how many learners it is, and what becomes of it on Kubernetes.
Put this file into /srv/cloudlab/hub, change what is in capitals below, and run the hub as root.
"""

import grp
import os
import pwd
from pathlib import Path

c = get_config()  # noqa: F821

COURSE = Path("/opt/cloudlab")  # the environment that holds the course, JupyterLab and JupyterHub
PROXY = Path("/opt/cloudlab-proxy/node_modules/.bin/configurable-http-proxy")
HAND_IN = Path("/srv/cloudlab/hand-in")  # what learners hand in, a folder for each
KEPT = Path("/srv/cloudlab/hub")  # the hub's own files: only root may read them
STUDENTS, TEACHERS = "cloudlab-students", "cloudlab-teachers"  # groups of the system

# --- who may sign in, with the password that they have on this machine -------------------------------------
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {STUDENTS, TEACHERS}
c.PAMAuthenticator.open_sessions = False  # a lab is no login: it leaves no mail check, no message of the day

# --- where it listens: on this machine only, behind a web server that speaks https -------------------------
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.db_url = f"sqlite:///{KEPT}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{KEPT}/cookie_secret"
c.ConfigurableHTTPProxy.command = [str(PROXY)]
c.ConfigurableHTTPProxy.pid_file = f"{KEPT}/proxy.pid"

# --- what it starts for each: the course's own command lays the lessons out and becomes their lab ----------
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [str(COURSE / "bin" / "cloudlab"), "start", "--hub"]
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.Spawner.environment = {
    "PATH": f"{COURSE}/bin:/usr/local/bin:/usr/bin:/bin",  # so that `cloudlab pack` is found in their terminal
    "CLOUDLAB_HAND_IN": lambda spawner: str(HAND_IN / spawner.user.name),  # where it lays what they hand in
}
c.JupyterHub.concurrent_spawn_limit = 10
c.JupyterHub.active_server_limit = (
    0  # how many labs at once: see the page for what your machine holds; 0 is any
)


# --- a folder for what they hand in: they write, teachers read, other students see nothing -----------------
def hand_in_folder(spawner):
    """Make the learner's folder below HAND_IN before their lab starts; files in it belong to the teachers' group."""
    user, teachers = pwd.getpwnam(spawner.user.name), grp.getgrnam(TEACHERS)
    folder = HAND_IN / user.pw_name
    folder.mkdir(exist_ok=True)
    os.chown(folder, user.pw_uid, teachers.gr_gid)
    folder.chmod(0o2750)


c.Spawner.pre_spawn_hook = hand_in_folder
