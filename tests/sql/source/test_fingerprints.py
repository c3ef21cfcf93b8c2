import sqlalchemy as sa, datetime
from sql.connection.snapshot import open_snapshot
from sql.source.fingerprints.ask import fingerprints
from sql.source.fingerprints.partitions import restricted, partition_of
from sql.source.reading import read_batches
from tasks.next_visit.reading import locate_visits
from sql.settings import VisitSource
import pytest
@pytest.mark.parametrize("kind",[sa.Text, sa.Date, sa.DateTime, sa.DateTime(timezone=True)])
@pytest.mark.parametrize("ids",[sa.Text, sa.Integer, sa.Double, sa.Numeric(10,2)])
def test_it(database, kind, ids):
    t=sa.Table("visits",sa.MetaData(),sa.Column("customer_id",ids),sa.Column("visited_at",kind),sa.Column("amount",sa.Numeric(12,3)))
    d=lambda s: s if kind is sa.Text else datetime.date.fromisoformat(s[:10]) if kind is sa.Date else datetime.datetime.fromisoformat(s)
    rows=[("1","2024-01-01 10:00:00",1.5),("2","2024-01-01 11:00:00",None),("2","2024-01-02 11:00:00",3),("3",None,4),("3","2024-01-03 11:00:00",3)]
    with database.write() as c:
        t.create(c); c.execute(sa.insert(t),[dict(customer_id=a,visited_at=d(b) if b else None,amount=e) for a,b,e in rows])
    loc=locate_visits(database,VisitSource())
    with open_snapshot(database) as s:
        f=fingerprints(s,loc.source,loc.columns)
        print(f)
        names=list(f)
        assert sum(x.rows for x in f.values())==5
        for wanted in (names[:1],names[1:],names[2:3], names[:3]):
            r=restricted(database.dialect,loc.source,"visited_at",wanted,[n for n in names if n not in wanted])
            n=0
            for i,m,*v in read_batches(database,r,loc.columns,s):
                p=partition_of(m,names); n+=len(i)
                assert {names[k] for k in p}<=set(wanted), (m,p)
            assert n==sum(f[w].rows for w in wanted)
