# Django OAuth Toolkit under /o on a free loopback port, with Django's own login page, a person and three apps.
# usage: django-oauth-toolkit.py [{"metadata": true, "settings": {…}}]: whether RFC 8414's document is published beside that
# of OpenID Connect, and members of OAUTH2_PROVIDER
# Says where it is in one line of JSON, and ends when its standard input is closed.
import json
import sys
from tempfile import TemporaryDirectory
from threading import Thread

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

given = json.loads(sys.argv[1] if sys.argv[1:] else "{}")
folder = TemporaryDirectory()
key = rsa.generate_private_key(65537, 2048)
apps = ["admin", "auth", "contenttypes", "messages", "sessions"]
processors = ["contrib.auth.context_processors.auth", "contrib.messages.context_processors.messages", "template.context_processors.request"]
settings.configure(
    SECRET_KEY="only for tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder.name + "/db", "OPTIONS": {"timeout": 60}}},
    INSTALLED_APPS=[*(f"django.contrib.{app}" for app in apps), "oauth2_provider"],
    MIGRATION_MODULES=dict.fromkeys([*apps, "oauth2_provider"]),  # the tables are made at once, as they are today
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [f"django.{processor}" for processor in processors]},
    }],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick
    ROOT_URLCONF=__name__,
    LOGIN_URL="/admin/login/",
    STATIC_URL="/static/",
    LOGGING_CONFIG=None,
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "SCOPES": {"openid": "Who you are", "read": "Read", "write": "Write"},
        "ALLOWED_SCHEMES": ["http", "https"],
        **given.get("settings", {}),
    },
)
django.setup()

# What needs those settings.
from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from oauth2_provider.urls import metadata_urlpatterns  # noqa: E402

urlpatterns = [path("admin/", admin.site.urls), path("o/", include("oauth2_provider.urls"))]
if given.get("metadata"):
    urlpatterns += metadata_urlpatterns

call_command("migrate", run_syncdb=True, verbosity=0)
User.objects.create_superuser("marianne", password="any")
secret = "a:b+c/%d e&f=g é 0123456789abcdef"  # RFC 6749 §2.3.1: form-encoded before Basic, or it is refused
for name, differs in {
    "confidential": {},
    "symmetric": {"algorithm": "HS256", "hash_client_secret": False},
    "public": {"client_type": "public"},
}.items():
    app = {"client_type": "confidential", "algorithm": "RS256", "authorization_grant_type": "authorization-code"}
    uris = "http://127.0.0.1/authorization"  # RFC 8252 §7.3: any port
    Application.objects.create(name=name, client_id=name, client_secret=secret, redirect_uris=uris, **{**app, **differs})

server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
server.set_app(get_wsgi_application())
Thread(target=server.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{server.server_port}"
facts = {"issuer": origin + "/o", "userinfo_endpoint": origin + "/o/userinfo/", "client_id": "confidential", "client_secret": secret}
print(json.dumps(facts), flush=True)
sys.stdin.read()
