# A Django project from SQLite into the tables that its own migrations make in PostgreSQL: every
# object is the same through Django itself, and Django goes on with it.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	python=/usr/bin/python3
	"$python" -c 'import django, psycopg2' 2>/dev/null || skip 'no Django with psycopg2'
	cluster_up
	cluster_fresh django
	cluster_sql 'DROP ROLE IF EXISTS site' 2>/dev/null || true
	cluster_sql 'CREATE ROLE site LOGIN; ALTER DATABASE django OWNER TO site; ALTER SCHEMA public OWNER TO site'
	export DJANGO_SETTINGS_MODULE=settings PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 PGUSER=site
	project
}

# A project of two apps of Django's own and one with every kind of field.
project() {
	mkdir -p shop/migrations
	touch shop/__init__.py shop/migrations/__init__.py
	echo 'urlpatterns = []' >shop/urls.py
	cat >settings.py <<-'END'
		import os
		SECRET_KEY = 'no secret'
		USE_TZ = True
		TIME_ZONE = 'Europe/Berlin'
		DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
		ROOT_URLCONF = 'shop.urls'
		INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.sessions',
		    'shop']
		DATABASES = {
		    'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'app.db'},
		    'target': {'ENGINE': 'django.db.backends.postgresql', 'NAME': os.environ['PGDATABASE'],
		        'HOST': os.environ['PGHOST'], 'USER': os.environ['PGUSER']}}
	END
	cat >shop/models.py <<-'END'
		import uuid
		from django.db import models
		class Tag(models.Model):
		    name = models.CharField(max_length=30, unique=True)
		class Item(models.Model):
		    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
		    name = models.CharField(max_length=50)
		    price = models.DecimalField(max_digits=12, decimal_places=3)
		    took = models.DurationField(null=True)
		    ip = models.GenericIPAddressField(null=True)
		    at = models.DateTimeField()
		    day = models.DateField(null=True)
		    clock = models.TimeField(null=True)
		    data = models.BinaryField(null=True)
		    extra = models.JSONField(default=dict)
		    active = models.BooleanField(default=True)
		    ratio = models.FloatField(null=True)
		    small = models.PositiveSmallIntegerField(default=0)
		    big = models.BigIntegerField(null=True)
		    text = models.TextField(blank=True)
		    slug = models.SlugField(null=True)
		    parent = models.ForeignKey('self', null=True, on_delete=models.CASCADE)
		    tags = models.ManyToManyField(Tag)
		    owner = models.ForeignKey('auth.User', null=True, on_delete=models.SET_NULL)
	END
	manage makemigrations shop
	manage migrate
	manage migrate --database target
}

manage() {
	"$python" -m django "$@" >django.log 2>&1 || {
		cat django.log
		return 1
	}
}

# script NAME: Python on stdin, with Django and the models at hand.
script() {
	{
		echo 'import datetime, decimal, uuid, django; django.setup()'
		echo 'from django.apps import apps; from django.contrib.auth.models import *'
		echo 'from django.contrib.sessions.backends.db import SessionStore; from django.utils import timezone'
		echo 'from shop.models import *'
		cat
	} >script.py
	"$python" script.py
}

fill() {
	script <<-'END'
		ann = User.objects.create_user('ann', 'ann@example.com', 'secret')
		User.objects.create_superuser('bob', 'bob@example.com', 'other')
		group = Group.objects.create(name='staff')
		group.permissions.set(Permission.objects.all()[:5])
		ann.groups.add(group)
		ann.user_permissions.add(Permission.objects.last())
		session = SessionStore()
		session['cart'] = [1, 2]
		session.create()
		tags = [Tag.objects.create(name='tag %d' % i) for i in range(4)]
		last = None
		for i in range(50):
		    last = Item.objects.create(id=uuid.UUID(int=i + 1), name='item %d ü' % i,
		        price=decimal.Decimal(i * 1000 + 1) / 1000,
		        took=datetime.timedelta(days=i - 3, microseconds=i * 7) if i % 3 else None,
		        ip='10.0.0.%d' % i if i % 2 else '2001:db8::%x' % (i + 1),
		        at=timezone.make_aware(datetime.datetime(2020, 7 if i % 2 else 1, 1 + i % 28, 3, 4, 5, i * 1001)),
		        day=datetime.date(1900 + i, 2, 3), clock=datetime.time(23, 59, 59, i) if i % 5 else None,
		        data=bytes(range(i)), extra={'a': [i, None, True, 1.5], 'ü': {'b': str(i)}}, active=i % 2 == 0,
		        ratio=i / 7, small=i, big=2**62 + i, text='line\n\t"%d" \\' % i, slug=None, parent=last,
		        owner=ann if i % 4 else None)
		    last.tags.set(tags[:i % 4])
		Tag.objects.filter(name='tag 3').delete()
	END
}

definitions() {
	"$CLUSTER_BIN/pg_dump" -s -N rowpipe | grep -v '^.\(un\)\?restrict '
}

# Every object of every model, field by field, on both sides; passwords; and the next object's key.
same() {
	script <<-'END'
		def rows(model, using):
		    names = [f.attname for f in model._meta.concrete_fields]
		    return sorted((tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
		        for row in model._base_manager.using(using).values_list(*names)), key=repr)
		models = apps.get_models(include_auto_created=True)
		for model in models:
		    left, right = rows(model, 'default'), rows(model, 'target')
		    assert left == right, (model, [p for p in zip(left, right) if p[0] != p[1]][:1])
		assert len(models) >= 11 and sum(len(rows(m, 'target')) for m in models) > 150
		user = User.objects.using('target').get(username='ann')
		assert user.check_password('secret') and not user.check_password('other')
		assert user.has_perm(Permission.objects.using('target').last().content_type.app_label + '.'
		    + Permission.objects.using('target').last().codename)
		assert Item.objects.using('target').filter(extra__a__0=7).count() == 1
	END
}

@test "a Django project: refilled, the same through its own models, and again" {
	fill
	definitions >before
	expect_status 0 rowpipe migrate app.db -d env:PGDATABASE --mode refill --timezone UTC
	[ "$(tail -n 1 "$stdout")" = 'equal; no to-dos' ]
	definitions | diff before -
	same
	expect_status 0 rowpipe migrate app.db -d env:PGDATABASE --mode refill --timezone UTC
	[ "$(tail -n 1 "$stdout")" = 'equal; no to-dos' ]
	same
	script <<-'END'
		from django.db.models import Max
		for model in (Tag, User, Group, Permission):
		    most = model.objects.using('target').aggregate(m=Max('pk'))['m']
		    if model is Tag:
		        most = 4 # the last one was deleted, and AUTOINCREMENT gives no number twice
		        new = Tag.objects.using('target').create(name='new')
		    elif model is User:
		        new = User.objects.db_manager('target').create_user('new')
		    elif model is Group:
		        new = Group.objects.using('target').create(name='new')
		    else:
		        new = Permission.objects.using('target').create(name='n', codename='n', content_type_id=1)
		    assert new.pk == most + 1, (model, new.pk, most)
	END
	[ "$(cluster_sql 'SELECT count(*) FROM django_migrations')" -gt 10 ]
}

@test "a Django project whose source is behind its target: told before the first row" {
	fill
	echo '    more = models.TextField(null=True)' >>shop/models.py
	manage makemigrations shop
	manage migrate --database target
	expect_status 78 rowpipe migrate app.db -d env:PGDATABASE --mode refill --timezone UTC --check
	grep -q '^stop .*django_migrations: the target is ahead of the source by 1 migration, the first is shop 0002_' "$stdout"
	expect_status 78 rowpipe migrate app.db -d env:PGDATABASE --mode refill --timezone UTC
	expect_said 'migrate the source, too \(manage.py migrate\)'
	[ "$(cluster_sql 'SELECT count(*) FROM shop_tag')" = 0 ]
	manage migrate
	expect_status 0 rowpipe migrate app.db -d env:PGDATABASE --mode refill --timezone UTC
	same
}
